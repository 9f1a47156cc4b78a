// Hostile input, row by row, against servers in processes of their own: each answer, and that nothing else has come of it.
// The rows are also the table docs/hostile-input.md; vitest's -u writes it anew.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExpectedAnswer, type HostileCase, tellingOf } from './hostile-input/case.ts';
import { groups } from './hostile-input/groups.ts';
import { type Reply, send } from './hostile-input/send.ts';
import { tableOf } from './hostile-input/table.ts';
import { openWorld, type World } from './hostile-input/world.ts';

let world: World;
/** What another caller is answered. */
let bobsAnswer: string;
beforeAll(async () => {
  world = await openWorld();
  bobsAnswer = await askAsBob();
}, 120_000);
afterAll(() => world.close(), 60_000);

async function askAsBob(): Promise<string> {
  const messages = [{ role: 'user', content: 'Where is my parcel?' }];
  const body = { model: world.bobs.model, messages, max_completion_tokens: 4, temperature: 0 };
  const { status, text } = await send(world, 'POST /v1/chat/completions', { as: 'bob', body });
  expect(status).toBe(200);
  return JSON.stringify(JSON.parse(text).choices);
}

/** All that a request could have changed. */
async function state() {
  const count = async (path: string) =>
    JSON.parse((await send(world, `GET /v1${path}`, { as: 'root' })).text).data.length;
  return {
    files: await count('/files?limit=10000'),
    jobs: await count('/fine_tuning/jobs?limit=100'),
    models: await count('/models'),
    stored: world.stored(),
    outside: world.outside(),
  };
}

type State = Awaited<ReturnType<typeof state>>;

/** What is stored is counted once the server has seen that a client is gone. */
async function expectState(before: State, { files = 0, jobs = 0 }: HostileCase['leaves'] = {}) {
  const right = { files: before.files + files, jobs: before.jobs + jobs, models: before.models };
  let after = await state();
  for (let tries = 0; tries < 50; tries++) {
    if (
      after.stored.length === before.stored.length + files &&
      after.outside.length === before.outside.length
    )
      break;
    await sleep(100);
    after = await state();
  }
  expect(after).toMatchObject({ ...right, outside: before.outside });
  expect(after.stored.length).toBe(before.stored.length + files);
}

function expectAnswer(reply: Reply, answer: ExpectedAnswer): void {
  const { status, message = '', headers = {}, ...rest } = answer;
  const telling = tellingOf(reply);
  expect({ status: reply.status, ...telling }, reply.text.slice(0, 1000)).toMatchObject({ status, ...rest });
  expect(String(telling.message)).toContain(message);
  for (const [name, pattern] of Object.entries(headers)) expect(String(reply.headers[name])).toMatch(pattern);
}

describe.each(groups)('$title', ({ cases }) => {
  test.each(cases)('$what', { timeout: 90_000 }, async ({ send: sendIt, answer, leaves }) => {
    world.newFaults();
    const before = await state();
    expectAnswer(await sendIt(world), answer);
    await expectState(before, leaves);
    expect(world.newFaults()).toEqual([]);
    expect(await askAsBob()).toBe(bobsAnswer);
  });
});

test('docs/hostile-input.md is the table of these rows', async () => {
  await expect(tableOf(groups)).toMatchFileSnapshot('../docs/hostile-input.md');
});
