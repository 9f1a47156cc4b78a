// `hone keys`, run in this process on real stores.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workflows } from '../app/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let root: string;
let data: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hone-keys-'));
  data = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function keys(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run(['keys', ...argv, '--data', data], terminal), ...written };
}

async function verified(secret: string) {
  const { openStores } = await workflows.stores();
  const { access, close } = await openStores({ data });
  try {
    return await access.verify(secret);
  } finally {
    await close();
  }
}

test('hone keys create prints the secret alone, and how to use it beside', async () => {
  const { status, out, err } = await keys('create', '--owner', 'alice', '--scopes', 'train,infer');
  expect(status).toBe(0);
  expect(out).toMatch(/^hone-sk-[0-9A-Za-z]{60}\n$/);
  const secret = out.trim();
  expect(err).toContain(`OPENAI_API_KEY=${secret}`);
  expect(err).toContain(`MLFLOW_TRACKING_TOKEN=${secret}`);
  expect(await verified(secret)).toMatchObject({
    owner: 'alice',
    scopes: new Set(['train', 'read', 'infer']),
  });
});

test('hone keys list shows keys without secrets; revoke ends one', async () => {
  const options = ['--owner', 'alice', '--scopes', 'read', '--name', 'ci', '--expires', '90d', '--json'];
  const made = JSON.parse((await keys('create', ...options)).out);
  expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBeGreaterThan(89 * 86_400_000);
  const { out } = await keys('list');
  expect(out).toMatch(
    /^id +name +owner +scopes +state +expires +created +used\nkey_\w{11} +ci +alice +read +valid /,
  );
  const { secret, ...shown } = made;
  const listed = await keys('list', '--json');
  expect(JSON.parse(listed.out)).toEqual([shown]);
  for (const text of [out, listed.out]) expect(text).not.toContain(secret.slice(19));
  expect((await keys('revoke', made.id)).out).toBe(`${made.id} of 'alice' is revoked\n`);
  expect(await verified(secret)).toBeUndefined();
  expect((await keys('ls')).out).toContain('revoked');
});

test.each([
  [['create', '--owner', 'alice', '--scopes', 'trian'], "Did you mean 'train'?"],
  [['create', '--scopes', 'train'], "required option '--owner <name>' not specified"],
  [['create', '--owner', 'alice', '--scopes', 'read', '--expires', 'soon'], 'Give a number and m, h, d or w'],
  [['list'], 'Cannot find anything recorded'],
])('hone keys %j is refused, and leaves no data directory', async (argv, message) => {
  const { status, out, err } = await keys(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(message);
  expect(existsSync(data)).toBe(false);
});

test('hone keys revoke names an unknown key, and does not repeat a secret', async () => {
  await keys('create', '--owner', 'alice', '--scopes', 'read');
  const { status, err } = await keys('revoke', `hone-sk-${'0'.repeat(11)}${'planted'.repeat(7)}`);
  expect(status).toBe(2);
  expect(err).toBe(
    "error: Cannot revoke 'key_00000000000': there is no such key; hone keys list shows all\n",
  );
});
