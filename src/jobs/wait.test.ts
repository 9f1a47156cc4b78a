// Waiting for a job: woken by this process, found by polling what another did, ended by a signal.
import { expect, test } from 'vitest';
import { InterruptedError } from '../core/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { jobsMigration, openJobs } from './index.ts';
import { testQueue } from './test-support/queue.ts';

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.waitForEnd resolves with the ended job, and at once where it has ended', async () => {
    const { jobs, submit, claim } = await testQueue(open());
    const { id } = await submit();
    const end = jobs.waitForEnd(id, { owner: 'ada' });
    const claimed = await claim();
    await claimed.heartbeat({ step: 1 });
    await claimed.succeed('done');
    expect(await end).toMatchObject({ state: 'succeeded', result: 'done' });
    expect(await jobs.waitForEnd(id)).toEqual(await end);
  });

  test('Jobs.waitForChange resolves after the revision that the caller knows, also for what another process did', async () => {
    const database = await open();
    const { jobs, submit } = await testQueue(database);
    const other = openJobs(await open({ again: database }));
    const { id, revision } = await submit();
    expect(await jobs.waitForChange(id, { since: revision - 1 })).toMatchObject({ revision });
    const change = jobs.waitForChange(id, { since: revision, pollMs: 20 });
    await other.emit(id, { type: 'message' });
    expect(await change).toMatchObject({ id, revision: revision + 1 });
  });

  test('waiting ends with its signal, and with the queue', async () => {
    const { jobs, submit } = await testQueue(open());
    const { id } = await submit();
    const stop = new AbortController();
    const waits = [
      jobs.waitForEnd(id, { signal: stop.signal }),
      jobs.waitForClaim({ worker: 'w', kinds: ['none'], leaseMs: 1 }, { signal: stop.signal }),
    ];
    const settled = Promise.allSettled(waits);
    stop.abort(new Error('gone'));
    for (const wait of await settled)
      expect(wait).toMatchObject({ status: 'rejected', reason: { message: 'gone' } });
    await expect(jobs.waitForEnd(id, { signal: stop.signal })).rejects.toThrow('gone');
    const left = jobs.waitForEnd(id);
    jobs.close();
    await expect(left).rejects.toThrow(InterruptedError);
  });
});
