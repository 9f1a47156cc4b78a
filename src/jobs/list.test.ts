// Lists, counts, and what becomes of ended jobs.
import { expect, test } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { type JobQuery, type Jobs, jobsMigration } from './index.ts';
import { testQueue } from './test-support/queue.ts';

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.list pages newest first or oldest first, with jobs of one millisecond kept apart', async () => {
    const { jobs, submit, pass } = await testQueue(open());
    for (let index = 0; index < 7; index++) {
      await submit({ id: `${index}` });
      if (index % 3 === 2) pass(1);
    }
    expect(await pages(jobs, {})).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    expect(await pages(jobs, { order: 'asc' })).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    await expect(jobs.list({ after: 'x' })).rejects.toThrow("Cannot find the job 'x'");
    await expect(jobs.list({ limit: 0 })).rejects.toThrow('Cannot list 0 rows');
  });

  test('Jobs.list and counts tell apart owners, kinds, states and labels', async () => {
    const { jobs, submit, claim } = await testQueue(open());
    await submit({ id: 'a', labels: { team: 'x', goal: 'y' } });
    await submit({ id: 'b', labels: { team: 'x' } });
    await submit({ id: 'c', owner: 'bob', labels: { team: 'y', goal: 'y' } });
    await submit({ id: 'd', kind: 'mail' });
    await claim();
    await jobs.cancel('d');
    const ids = async (query: JobQuery) => (await jobs.list(query)).jobs.map(({ id }) => id);
    expect(await ids({ owner: 'bob' })).toEqual(['c']);
    expect(await ids({ kinds: ['mail', 'none'] })).toEqual(['d']);
    expect(await ids({ states: ['queued', 'cancelled'] })).toEqual(['d', 'c', 'b']);
    expect(await ids({ labels: { team: 'x' } })).toEqual(['b', 'a']);
    expect(await ids({ labels: { team: 'x', goal: 'y' }, owner: 'ada' })).toEqual(['a']);
    expect(await ids({ labels: { goal: '' } })).toEqual([]);
    expect(await ids({ kinds: [] })).toEqual([]);
    const none = { queued: 0, running: 0, paused: 0, succeeded: 0, failed: 0, cancelled: 0 };
    expect(await jobs.counts()).toEqual({ ...none, queued: 2, running: 1, cancelled: 1 });
    expect(await jobs.counts({ owner: 'ada', kinds: ['train'] })).toEqual({ ...none, queued: 1, running: 1 });
    expect(await jobs.counts({ kinds: [] })).toEqual(none);
  });

  test('Jobs.deleteFinished deletes what ended before a time, with all that belongs to it', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    for (let index = 0; index < 45; index++) {
      await submit({ labels: { a: 'b' } });
      const claimed = await claim();
      await claimed.emit({ type: 'message' });
      await claimed.succeed(index);
    }
    await submit({ id: 'waits' });
    pass(10);
    const { id } = await submit();
    await jobs.cancel(id);
    expect(await jobs.deleteFinished(1_700_000_000_010)).toBe(45);
    expect(await pages(jobs, {})).toEqual([id, 'waits']);
    await submit({ id: 'waits again', labels: { a: 'b' } });
    expect(await pages(jobs, { labels: { a: 'b' } })).toEqual(['waits again']);
  });

  test('Jobs.unacknowledged tells each end until somebody took note, however the job ended', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    await submit({ id: 'lost', maxAttempts: 1 });
    await submit({ id: 'waits', priority: -1 });
    await submit({ id: 'mail', kind: 'mail' });
    await submit({ id: 'cancelled' });
    await claim();
    await jobs.cancel('cancelled');
    await jobs.cancel('mail');
    pass(1_000);
    await jobs.expire();
    const ids = async () => (await jobs.unacknowledged({ kinds: ['train'] })).map(({ id }) => id);
    expect(await ids()).toEqual(['cancelled', 'lost']);
    await jobs.acknowledge('cancelled');
    await jobs.acknowledge('waits');
    expect(await ids()).toEqual(['lost']);
    await (await claim()).succeed(null);
    expect(await ids()).toEqual(['lost', 'waits']);
  });
});

async function pages(jobs: Jobs, query: JobQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let hasMore = true; hasMore; ) {
    const after = ids.at(-1);
    const page = await jobs.list({ ...query, limit: 2, after });
    ids.push(...page.jobs.map(({ id }) => id));
    hasMore = page.hasMore;
  }
  return ids;
}
