// Cancel, pause and resume: what each does in each state.
import { expect, test } from 'vitest';
import { NotFoundError } from '../core/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { jobsMigration } from './index.ts';
import { type TestQueue, testQueue } from './test-support/queue.ts';

type Action = 'cancel' | 'pause' | 'resume';

/** Brings a job into a state; `running+pause` is running with a request. */
const ways: Readonly<Record<string, (queue: TestQueue, id: string) => Promise<unknown>>> = {
  queued: async () => undefined,
  running: ({ claim }) => claim(),
  'running+cancel': async ({ jobs, claim }, id) => [await claim(), await jobs.cancel(id)],
  'running+pause': async ({ jobs, claim }, id) => [await claim(), await jobs.pause(id)],
  paused: ({ jobs }, id) => jobs.pause(id),
  succeeded: async ({ claim }) => (await claim()).succeed(1),
  failed: async ({ claim }) => (await claim()).fail({ code: 'x', message: 'X' }, { retry: false }),
  cancelled: ({ jobs }, id) => jobs.cancel(id),
};

const table: readonly (readonly [state: string, action: Action, then: string])[] = [
  ['queued', 'cancel', 'cancelled'],
  ['queued', 'pause', 'paused'],
  ['queued', 'resume', 'queued'],
  ['running', 'cancel', 'running+cancel'],
  ['running', 'pause', 'running+pause'],
  ['running', 'resume', 'it is running'],
  ['running+cancel', 'cancel', 'running+cancel'],
  ['running+cancel', 'pause', 'it is being cancelled'],
  ['running+cancel', 'resume', 'it is being cancelled'],
  ['running+pause', 'cancel', 'running+cancel'],
  ['running+pause', 'pause', 'running+pause'],
  ['running+pause', 'resume', 'running'],
  ['paused', 'cancel', 'cancelled'],
  ['paused', 'pause', 'paused'],
  ['paused', 'resume', 'queued'],
  ['succeeded', 'cancel', 'it is succeeded'],
  ['succeeded', 'pause', 'it is succeeded'],
  ['succeeded', 'resume', 'it is succeeded'],
  ['failed', 'cancel', 'it is failed'],
  ['failed', 'resume', 'it is failed'],
  ['cancelled', 'cancel', 'cancelled'],
  ['cancelled', 'pause', 'it is cancelled'],
  ['cancelled', 'resume', 'it is cancelled'],
];

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.cancel, pause and resume follow the table of states', async () => {
    const queue = await testQueue(open());
    const { jobs, submit } = queue;
    for (const [index, [state, action, then]] of table.entries()) {
      const id = `${index}`;
      await submit({ id, priority: index });
      await ways[state]?.(queue, id);
      const before = await jobs.get(id);
      const outcome = await jobs[action](id).then(stateOf, (error: Error) => error.message);
      expect([state, action, outcome]).toEqual([state, action, expect.stringContaining(then)]);
      if (then.startsWith('it is') || state === then) expect(await jobs.get(id)).toEqual(before);
    }
  });

  test("another owner's job is not found by any method", async () => {
    const { jobs, submit } = await testQueue(open());
    const { id } = await submit();
    const asBob = { owner: 'bob' };
    for (const attempt of [
      () => jobs.get(id, asBob),
      () => jobs.cancel(id, asBob),
      () => jobs.pause(id, asBob),
      () => jobs.resume(id, asBob),
      () => jobs.events(id, asBob),
      () => jobs.emit(id, { type: 'message' }, asBob),
      () => jobs.list({ ...asBob, after: id }),
      () => jobs.waitForEnd(id, asBob),
      () => jobs.get('nowhere'),
    ])
      await expect(attempt()).rejects.toThrow(NotFoundError);
    expect(await jobs.get(id, { owner: 'ada' })).toMatchObject({ state: 'queued', revision: 1 });
  });

  test('a worker hears of a request by its heartbeat, and a paused job goes on as the same attempt', async () => {
    const { jobs, submit, claim, tryClaim } = await testQueue(open());
    const { id } = await submit();
    const claimed = await claim();
    await jobs.pause(id);
    expect(await claimed.heartbeat({ step: 7 })).toBe('pause');
    expect(await claimed.pause()).toMatchObject({ state: 'paused', attempt: 0, progress: { step: 7 } });
    expect(await tryClaim()).toBeUndefined();
    await jobs.resume(id);
    const again = await claim();
    expect(again.job).toMatchObject({ id, attempt: 1, progress: { step: 7 } });
    await jobs.cancel(id);
    expect(await again.heartbeat()).toBe('cancel');
    expect(await again.cancelled()).toMatchObject({ state: 'cancelled', request: null });
  });

  test('what was asked last holds, whatever the worker does meanwhile', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const fault = { code: 'x', message: 'X' };
    const resumed = await submit();
    const pausing = await claim();
    await jobs.pause(resumed.id);
    await jobs.resume(resumed.id);
    expect(await pausing.pause()).toMatchObject({ state: 'queued' });
    const second = await claim();
    await jobs.cancel(resumed.id);
    expect(await second.release()).toMatchObject({ state: 'cancelled' });
    const { id } = await submit();
    const third = await claim();
    await jobs.pause(id);
    expect(await third.fail(fault, { retry: true })).toMatchObject({ state: 'paused', attempt: 1 });
    await jobs.resume(id);
    pass(100);
    const fourth = await claim();
    await jobs.cancel(id);
    expect(await fourth.fail(fault, { retry: true })).toMatchObject({ state: 'cancelled', error: null });
  });
});

function stateOf({ state, request }: { readonly state: string; readonly request: string | null }): string {
  return request === null ? state : `${state}+${request}`;
}
