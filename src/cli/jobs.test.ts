// `hone jobs`, run in this process on real stores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Stores, workflows } from '../app/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let data: string;
let stores: Stores;
const request = { worker: 'host-1', kinds: ['fine-tune'], leaseMs: 60_000 };

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hone-jobs-'));
  const { openStores } = await workflows.stores();
  stores = await openStores({ data });
  for (const [id, owner] of [
    ['ftjob-aaaa1', 'ada'],
    ['ftjob-aaaa2', 'bob'],
  ] as const)
    await stores.jobs.submit({ id, owner, kind: 'fine-tune', spec: { model: 'm', seed: 1, suffix: null } });
});
afterEach(async () => {
  await stores.close();
  await rm(data, { recursive: true, force: true });
});

async function jobs(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run(['jobs', ...argv, '--data', data], terminal), ...written };
}

test('hone jobs ls shows owner, state and how far it is', async () => {
  const claimed = await stores.jobs.claim(request);
  await claimed?.heartbeat({ phase: 'training', step: 3, totalSteps: 12 });
  await stores.jobs.cancel('ftjob-aaaa1');
  const { status, out } = await jobs('ls');
  expect(status).toBe(0);
  expect(out).toMatch(/^job +kind +state +owner +created +took +progress +error\n/);
  expect(out).toMatch(
    /^ftjob-aaaa1 +fine-tune +running, to be cancelled +ada +just now +\d+ m?s +training 3\/12$/m,
  );
  expect(out.indexOf('ftjob-aaaa2')).toBeLessThan(out.indexOf('ftjob-aaaa1'));
  const [record] = JSON.parse((await jobs('ls', '--owner', 'bob', '--state', 'queued,paused', '--json')).out);
  expect(record).toMatchObject({ id: 'ftjob-aaaa2', state: 'queued', startedAt: null });
  expect(new Date(record.createdAt).getTime()).toBeGreaterThan(0);
  expect((await jobs('ls', '--state', 'failed')).err).toContain('No job fits');
  expect((await jobs('ls', '-n', '1')).err).toContain('More than 1 jobs');
});

test('hone jobs show tells of the specification, the error and the last events', async () => {
  const claimed = await stores.jobs.claim(request);
  await claimed?.emit({ type: 'message', message: 'Bad\u001b[31m row', level: 'warn' });
  await claimed?.fail(
    { code: 'bad_data', message: 'Row 3 is empty', param: 'training_file' },
    { retry: false },
  );
  const { out } = await jobs('show', 'ftjob-aaaa1');
  expect(out).toMatch(
    /^ftjob-aaaa1\n {2}state +failed\n {2}error +bad_data: Row 3 is empty \(training_file\)\n/,
  );
  expect(out).toMatch(/attempts +1 of 3\n/);
  expect(out).toContain('\nSpecification\n  model  m\n  seed   1\n');
  expect(out).toMatch(/Last events \(UTC\)\n {2}[-\d]+ [:\d]+ {2}message {2}Bad\?\[31m row\n/);
  const record = JSON.parse((await jobs('show', 'ftjob-aaaa1', '--json')).out);
  expect(record).toMatchObject({ error: { code: 'bad_data' }, events: [{ level: 'warn' }], owner: 'ada' });
});

test('hone jobs cancel, pause and resume say what became of the job', async () => {
  expect((await jobs('pause', 'ftjob-aaaa2')).out).toBe('Job ftjob-aaaa2 is paused\n');
  expect((await jobs('resume', 'ftjob-aaaa2')).out).toBe('Job ftjob-aaaa2 is queued\n');
  await stores.jobs.claim(request);
  expect((await jobs('pause', 'ftjob-aaaa1')).out).toContain("asked to pause; its worker 'host-1' will");
  expect(JSON.parse((await jobs('cancel', 'ftjob-aaaa1', '--json')).out)).toMatchObject({
    request: 'cancel',
  });
  expect((await jobs('cancel', 'ftjob-aaaa2')).out).toBe('Job ftjob-aaaa2 is cancelled\n');
});

test('hone jobs events tells the newest, oldest first', async () => {
  for (let step = 1; step <= 3; step++)
    await stores.jobs.emit('ftjob-aaaa1', {
      type: 'metrics',
      message: `Step ${step}`,
      data: { loss: step / 2 },
    });
  const { out } = await jobs('events', 'ftjob-aaaa1', '-n', '2');
  expect(out).toMatch(
    /^.{19} {2}metrics {2}Step 2 {2}\{"loss":1\}\n.{19} {2}metrics {2}Step 3 {2}\{"loss":1.5\}\n$/,
  );
  const lines = (await jobs('events', 'ftjob-aaaa1', '--json')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).data.loss)).toEqual([0.5, 1, 1.5]);
});

test('hone jobs events --follow tells what comes, the last words too, and ends as the job did', async () => {
  await stores.jobs.emit('ftjob-aaaa1', { type: 'message', message: 'created' });
  const watched = jobs('events', 'ftjob-aaaa1', '--follow');
  const claimed = await stores.jobs.claim(request);
  await claimed?.emit({ type: 'message', message: 'begun' });
  await claimed?.succeed(null);
  await stores.jobs.emit('ftjob-aaaa1', { type: 'message', message: 'done' });
  const { status, out, err } = await watched;
  expect(out.match(/(created|begun|done)$/gm)).toEqual(['created', 'begun', 'done']);
  expect([status, err]).toEqual([0, 'Job ftjob-aaaa1 succeeded\n']);
  await stores.jobs.cancel('ftjob-aaaa2');
  expect(await jobs('events', 'ftjob-aaaa2', '--follow')).toMatchObject({ status: 1, out: '' });
});

test('hone jobs finds a job by the beginning of its id', async () => {
  await stores.jobs.submit({ id: 'other-1', owner: 'ada', kind: 'mail', spec: null });
  expect((await jobs('cancel', 'other-')).out).toBe('Job other-1 is cancelled\n');
});

test.each([
  [['show', 'ftjob-zzzz'], "Cannot find the job 'ftjob-zzzz'"],
  [['show', 'ftjob'], "Cannot find the job 'ftjob': give its id, or 6 or more"],
  [['cancel', 'ftjob-aaaa'], 'Cannot tell which job'],
  [['resume', 'other'], 'Cannot find'],
  [['ls', '--state', 'done'], 'Give some of: queued'],
])('hone jobs %j is refused', async (argv, message) => {
  const { status, out, err } = await jobs(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(message);
});
