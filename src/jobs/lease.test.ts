// Leases: who lost a job writes nothing more to it, and no job is lost with its worker.
import { expect, test } from 'vitest';
import { StateError } from '../core/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { type ClaimedJob, jobsMigration, openJobs } from './index.ts';
import { testQueue } from './test-support/queue.ts';

const fault = { code: 'broken', message: 'It broke' };

/** Every way of writing to a claimed job. */
const writes = Object.entries<(claimed: ClaimedJob) => Promise<unknown>>({
  emit: (claimed) => claimed.emit({ type: 'message' }),
  succeed: (claimed) => claimed.succeed('late'),
  fail: (claimed) => claimed.fail(fault, { retry: true }),
  cancelled: (claimed) => claimed.cancelled(),
  pause: (claimed) => claimed.pause(),
  release: (claimed) => claimed.release(),
});

await describeDatabases([jobsMigration], (open) => {
  test('every write is refused once another worker has the job, and once it has ended', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit();
    const stale = await claim({ worker: 'one' });
    pass(1_000);
    const taken = await claim({ worker: 'one' });
    expect(taken.job).toMatchObject({ id, attempt: 2 });
    const before = await jobs.get(id);
    expect(await stale.heartbeat('late')).toBe('lost');
    for (const [name, write] of writes) await expect(write(stale), name).rejects.toThrow(StateError);
    expect(await jobs.get(id)).toEqual(before);
    expect(await taken.heartbeat()).toBe('go-on');
    const ended = await taken.succeed('done');
    for (const [name, write] of writes)
      await expect(write(taken), name).rejects.toThrow('its lease was lost');
    expect(await taken.heartbeat()).toBe('lost');
    expect(await jobs.get(id)).toEqual(ended);
  });

  test('a lease lasts while heartbeats come, and for one that comes late if nobody took the job', async () => {
    const { jobs, submit, claim, tryClaim, pass } = await testQueue(open());
    await submit();
    const claimed = await claim();
    for (let beat = 0; beat < 3; beat++) {
      pass(999);
      expect(await tryClaim()).toBeUndefined();
      expect(await claimed.heartbeat({ beat })).toBe('go-on');
    }
    pass(5_000);
    expect(await claimed.heartbeat()).toBe('go-on');
    expect(await jobs.expire()).toEqual([]);
    expect(await claimed.succeed(1)).toMatchObject({ state: 'succeeded', attempt: 1, progress: { beat: 2 } });
  });

  test('a start that got further makes those before it that were lost count no more', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit({ maxAttempts: 2 });
    for (let start = 0; start < 5; start++) {
      const claimed = await claim();
      expect(claimed.job).toMatchObject({ id, attempt: start === 0 ? 1 : 2 });
      expect(await claimed.heartbeat({ start }, { advanced: true })).toBe('go-on');
      pass(1_000);
    }
    await claim();
    pass(1_000);
    expect(await jobs.expire()).toMatchObject([{ id, state: 'failed', error: { code: 'worker_lost' } }]);
  });

  test('Jobs.expire fails a job that lost its worker too often, though no worker is left', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit({ maxAttempts: 2 });
    await claim();
    pass(1_000);
    expect(await jobs.expire()).toMatchObject([{ id, state: 'queued', attempt: 1, worker: null }]);
    await claim({ worker: 'second' });
    pass(999);
    expect(await jobs.expire()).toEqual([]);
    pass(1);
    const [failed] = await jobs.expire();
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'worker_lost' }, leaseUntil: null });
    expect(failed?.error?.message).toContain("started 2 times); look at the log of worker 'second'");
    expect(await jobs.expire()).toEqual([]);
  });

  test('Jobs.claim fails a job that lost its worker too often, and takes the next', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit({ maxAttempts: 1 });
    await claim();
    await submit({ id: 'next' });
    pass(1_000);
    expect((await claim()).job.id).toBe('next');
    expect(await jobs.get(id)).toMatchObject({ state: 'failed', error: { code: 'worker_lost' } });
  });

  test('a job that lost its worker while asked to pause or to stop has done so', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const ids = [(await submit()).id, (await submit()).id] as const;
    await claim();
    await claim();
    await jobs.cancel(ids[0]);
    await jobs.pause(ids[1]);
    pass(1_000);
    await jobs.expire();
    expect(await jobs.get(ids[0])).toMatchObject({ state: 'cancelled', request: null });
    expect(await jobs.get(ids[1])).toMatchObject({ state: 'paused', request: null });
  });

  test('Jobs.expire takes back many, once each though several sweep at a time', async () => {
    const database = await open();
    const { jobs, submit, claim, pass } = await testQueue(database);
    for (let index = 0; index < 130; index++) await submit({ maxAttempts: 1 });
    for (let index = 0; index < 130; index++) await claim();
    pass(1_000);
    const sweeps = await Promise.all([jobs.expire(), jobs.expire(), jobs.expire()]);
    expect(sweeps.flat()).toHaveLength(130);
    expect(await jobs.counts()).toMatchObject({ running: 0, failed: 130 });
  });

  test('ClaimedJob.fail with retry waits longer each time, and fails when no attempt is left', async () => {
    const options = { backOffMs: 1_000, backOffLimitMs: 1_500 };
    const { jobs, submit, claim, tryClaim, pass } = await testQueue(open(), options);
    const { id } = await submit({ maxAttempts: 3 });
    const waits: number[] = [];
    for (let attempt = 1; attempt < 3; attempt++) {
      const {
        state,
        availableAt,
        error,
        attempt: counted,
      } = await (await claim()).fail(fault, { retry: true });
      expect([state, counted, error]).toEqual(['queued', attempt, null]);
      const wait = availableAt - (await jobs.get(id)).createdAt - waits.reduce((sum, one) => sum + one, 0);
      waits.push(wait);
      pass(wait - 1);
      expect(await tryClaim()).toBeUndefined();
      pass(1);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(waits[1]).toBeGreaterThanOrEqual(750);
    expect(waits[1]).toBeLessThanOrEqual(1_500);
    expect(await (await claim()).fail(fault, { retry: true })).toMatchObject({
      state: 'failed',
      error: fault,
    });
  });

  test('ClaimedJob.fail without retry ends the job at once, with what was at fault', async () => {
    const { submit, claim } = await testQueue(open());
    await submit();
    const error = { ...fault, param: 'training_file' };
    expect(await (await claim()).fail(error, { retry: false })).toMatchObject({ state: 'failed', error });
  });

  test('ClaimedJob.release queues the job again at its old place, without counting the start', async () => {
    const { submit, claim } = await testQueue(open());
    await submit({ id: 'a', maxAttempts: 1 });
    await submit({ id: 'b' });
    for (let shutdown = 0; shutdown < 3; shutdown++)
      expect(await (await claim()).release()).toMatchObject({ id: 'a', state: 'queued', attempt: 0 });
    const stale = await claim();
    await stale.release();
    expect((await claim()).job).toMatchObject({ id: 'a', attempt: 1 });
    expect(await stale.heartbeat()).toBe('lost');
  });

  test('a job ends once though many ends race', async () => {
    const database = await open();
    const { jobs, submit, claim } = await testQueue(database);
    const other = openJobs(await open({ again: database }));
    for (let round = 0; round < 10; round++) {
      const { id } = await submit();
      const claimed = await claim();
      const [cancel, ...ends] = await Promise.allSettled([
        other.cancel(id),
        claimed.succeed('a'),
        claimed.fail(fault, { retry: false }),
        claimed.cancelled(),
        claimed.succeed('b'),
      ]);
      const ended = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      expect(ended).toEqual([await jobs.get(id)]);
      // A cancellation that came after another end than its own is refused.
      if (cancel.status === 'fulfilled') expect(['running', 'cancelled']).toContain(cancel.value.state);
      else expect(cancel.reason).toBeInstanceOf(StateError);
    }
  });
});
