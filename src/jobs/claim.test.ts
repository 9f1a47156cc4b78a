// Claims: in order, within limits, and never the same job twice.
import { expect, test } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { type Jobs, jobsMigration, openJobs } from './index.ts';
import { testQueue } from './test-support/queue.ts';

const request = { kinds: ['train'], leaseMs: 60_000 };

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.claim takes the highest priority first, then the oldest, and what is available', async () => {
    const { submit, tryClaim, pass } = await testQueue(open());
    await submit({ id: 'old' });
    await submit({ id: 'later', availableAt: 1_700_000_000_500, priority: 9 });
    await submit({ id: 'new' });
    await submit({ id: 'urgent', priority: 5 });
    await submit({ id: 'idle', priority: -1 });
    await submit({ id: 'foreign', kind: 'other', priority: 99 });
    const order: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn++) order.push((await tryClaim({ leaseMs: 9_999 }))?.job.id);
    pass(500);
    for (let turn = 0; turn < 3; turn++) order.push((await tryClaim())?.job.id);
    expect(order).toEqual(['urgent', 'old', 'new', 'later', 'idle', undefined]);
    expect(await tryClaim({ kinds: [] })).toBeUndefined();
    expect((await tryClaim({ kinds: ['train', 'other'] }))?.job.id).toBe('foreign');
  });

  test('Jobs.claim keeps the limits of owners and groups, each of its own kinds', async () => {
    const { submit, tryClaim, claim } = await testQueue(open());
    await submit({ id: 'a1', groupKey: 'g' });
    await submit({ id: 'a2' });
    await submit({ id: 'b1', owner: 'bob', groupKey: 'g' });
    await submit({ id: 'b2', owner: 'bob' });
    await submit({ id: 'mail', kind: 'mail' });
    const limits = { perOwner: 1, perGroup: 1 };
    const first = await claim(limits);
    expect(first.job.id).toBe('a1');
    expect((await tryClaim(limits))?.job.id).toBe('b2');
    expect(await tryClaim(limits)).toBeUndefined();
    expect((await tryClaim({ ...limits, kinds: ['mail'] }))?.job.id).toBe('mail');
    expect((await tryClaim({ perOwner: 2, perGroup: 1 }))?.job.id).toBe('a2');
    await first.succeed(null);
    expect((await tryClaim({ perOwner: 2, perGroup: 1 }))?.job.id).toBe('b1');
  });

  test('Jobs.claim gives each of 200 jobs to one of 8 workers in 2 processes', {
    timeout: 60_000,
  }, async () => {
    const database = await open();
    const queues = [openJobs(database), openJobs(await open({ again: database }))];
    await submitMany(queues, 200);
    const claimed: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const jobs = queues[index % 2];
        for (;;) {
          const next = await jobs?.claim({ ...request, worker: `w${index}` });
          if (next === undefined) return;
          claimed.push(next.job.id);
          if (claimed.length % 2 === 0) await next.succeed(index);
        }
      }),
    );
    expect(claimed.toSorted()).toEqual(Array.from({ length: 200 }, (_, index) => `job-${index}`).toSorted());
    expect(await queues[0]?.counts()).toMatchObject({ queued: 0, running: 100, succeeded: 100 });
  });

  test('Jobs.claim keeps an owner within the limit though claims race', { timeout: 60_000 }, async () => {
    const database = await open();
    const queues = [openJobs(database), openJobs(await open({ again: database }))];
    await submitMany(queues, 40);
    const race = async () => {
      const claims = Array.from({ length: 8 }, (_, index) =>
        queues[index % 2]?.claim({ ...request, worker: `w${index}`, perOwner: 3 }),
      );
      return (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
    };
    let running = await race();
    for (let round = 0; round < 5; round++) {
      expect(running).toHaveLength(3);
      await Promise.all(running.slice(0, 2).map((claimed) => claimed.succeed(null)));
      running = [...running.slice(2), ...(await race())];
    }
    expect(await queues[0]?.counts()).toMatchObject({ running: 3, succeeded: 10 });
  });

  test('Jobs.waitForClaim wakes for a job that this process submits, resumes or lets go', async () => {
    const { jobs, submit, claim } = await testQueue(open());
    // Polling alone would come too late: the longest pause is over an hour.
    const wait = () => jobs.waitForClaim({ ...request, worker: 'w', perOwner: 1 }, { pollMs: 7_000_000 });
    const first = wait();
    await submit({ id: 'a' });
    expect((await first).job.id).toBe('a');
    await submit({ id: 'b' });
    const second = wait();
    await (await first).succeed(null);
    expect((await second).job.id).toBe('b');
    await (await second).succeed(null);
    await submit({ id: 'c' });
    await jobs.pause('c');
    const third = wait();
    await jobs.resume('c');
    expect((await third).job.id).toBe('c');
    await expect(claim()).rejects.toThrow('no job');
  });
});

async function submitMany(queues: readonly Jobs[], count: number): Promise<void> {
  const submissions = Array.from({ length: count }, (_, index) =>
    queues[index % queues.length]?.submit({ id: `job-${index}`, kind: 'train', owner: 'ada', spec: index }),
  );
  await Promise.all(submissions);
}
