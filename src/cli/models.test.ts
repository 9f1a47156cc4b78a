// `hone models`, run in this process on real stores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workflows } from '../app/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hone-models-'));
  const { openStores } = await workflows.stores();
  const { registry, close } = await openStores({ data });
  await registry.models.create('support', { description: 'answers tickets' });
  await registry.versions.create('support', { source: 's3://b/1', semanticVersion: '1.0.0' });
  await registry.versions.create('support', { source: 's3://b/2' });
  await registry.versions.create('support', {
    source: 's3://b/3',
    tags: [{ key: 'hone.lifecycle', value: 'FAILED' }],
  });
  await close();
});
afterEach(() => rm(data, { recursive: true, force: true }));

async function hone(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run([...argv, '--data', data], terminal), ...written };
}
const models = (...argv: string[]) => hone('models', ...argv);

test('hone models ls shows what is in use', async () => {
  await models('promote', 'support', '2');
  await models('alias', 'set', 'support', 'champion', '1.0.0');
  const { status, out } = await models('ls');
  expect(status).toBe(0);
  expect(out).toMatch(
    /^name +newest +production +staging +aliases +changed\nsupport +3 +2 +champion=1 +just now\n$/,
  );
  const [record] = JSON.parse((await models('ls', '--json')).out);
  expect(record).toMatchObject({ name: 'support', aliases: { champion: 1 } });
  expect((await models('ls', '--filter', "name = 'x'")).err).toContain('No model fits');
});

test('hone models show tells of a model, or of a version by number, alias or x.y.z', async () => {
  await models('alias', 'set', 'support', 'champion', '2', '--by', 'ada', '--reason', 'won');
  const { out } = await models('show', 'support');
  expect(out).toMatch(/^support\nanswers tickets\nstage +development\n/);
  expect(out).toMatch(/^ +2 +None +TRAINED +champion +just now +s3:\/\/b\/2$/m);
  expect(out).toMatch(/ada {2}alias champion set to version 2 \(won\)/);
  for (const reference of ['support/2', 'support@champion', 'models:/support/2'])
    expect((await models('show', reference)).out).toMatch(/^support, version 2\n/);
  expect(JSON.parse((await models('show', 'support/1.0.0', '--json')).out)).toMatchObject({
    version: 1,
    allowed: ['startValidation', 'archive', 'fail'],
  });
});

test('hone models promote archives what was there, and the audit tells what was in production', async () => {
  const noted = ['--by', 'ada', '--reason', 'better'];
  expect((await models('promote', 'support', '1', ...noted)).out).toBe(
    "Version 1 of 'support' is in Production\n",
  );
  await models('promote', 'support', '2', '--to', 'production', ...noted);
  const { latestVersions } = JSON.parse((await models('show', 'support', '--json')).out);
  expect(latestVersions).toContainEqual({ version: 2, stage: 'Production' });
  expect(latestVersions).toContainEqual({ version: 1, stage: 'Archived' });
  const today = new Date().toISOString().slice(0, 10);
  expect((await models('audit', 'support', '--at', today)).out).toMatch(
    /in production {2}version 2\narchived +versions 1\n/,
  );
  expect(JSON.parse((await models('audit', 'support', '--at', today, '--json')).out).production).toEqual([2]);
  const [newest] = JSON.parse((await models('audit', 'support', '--json')).out);
  expect(newest).toMatchObject({ by: 'ada', reason: 'better', action: 'version.stage', after: 'Production' });
  expect((await models('audit', 'support', '--at', '2001-01-01')).err).toContain(
    'no model had that name then',
  );
});

test('hone models archive, delete, restore and purge go through a life', async () => {
  expect((await models('archive', 'support', '1')).out).toContain('is archived');
  expect((await models('promote', 'support', '1')).err).toContain('it is ARCHIVED');
  await models('delete', 'support', '2');
  expect((await models('show', 'support/2')).err).toContain("version 2 of 'support': it has 1, 3");
  expect((await models('restore', 'support', '2')).out).toBe("Version 2 of 'support' is restored\n");
  await models('delete', 'support');
  expect((await models('purge')).err).toContain('--dry-run');
  expect((await models('purge', '--dry-run')).out).toMatch(
    /^model {4}support\nversion +support\/1\n(.|\n)*Would delete \d+ rows/,
  );
  expect((await models('purge', '--yes')).out).toContain('for good');
  expect((await models('purge', '--dry-run')).err).toContain('Nothing is deleted');
  expect((await models('audit', 'support')).out).toContain("model 'support' purged");
});

test.each([
  [['show', 'suport'], "Did you mean 'support'?"],
  [['show', 'support@champ'], 'The model has no aliases'],
  [['show', 'support/9'], 'it has 1, 2, 3'],
  [['promote', 'support', '3'], 'it is FAILED; take one that is trained'],
  [['promote', 'support', '1', '--to', 'prod'], "'prod' is invalid"],
  [['promote', 'support', '1', '--strict'], 'hone.use_cases'],
  [['alias', 'set', 'support', 'latest', '1'], 'reserved'],
  [['alias', 'delete', 'support', 'none'], "Cannot find 'none'"],
  [['audit', 'support', '--at', 'yesterday'], 'Give a day'],
])('hone models %j is refused', async (argv, message) => {
  const { status, out, err } = await models(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
