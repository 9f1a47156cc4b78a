// Events: in order for everybody who reads, milestones once, and not without end.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { type JobEvent, jobsMigration, openJobs } from './index.ts';
import { testQueue } from './test-support/queue.ts';

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.events pages in both directions without losing or repeating one', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit();
    await submit({ id: 'other' });
    const claimed = await claim();
    for (let step = 1; step <= 7; step++) {
      await claimed.emit({ type: 'metrics', level: step === 7 ? 'warn' : 'info', data: { step } });
      await jobs.emit('other', { type: 'message', message: 'not this one' });
      pass(1);
    }
    for (const order of ['asc', 'desc'] as const) {
      const seen: JobEvent[] = [];
      for (let hasMore = true; hasMore; ) {
        const page = await jobs.events(id, { order, limit: 3, after: seen.at(-1)?.number });
        seen.push(...page.events);
        hasMore = page.hasMore;
      }
      const steps = [1, 2, 3, 4, 5, 6, 7];
      expect(seen.map(({ data }) => data)).toEqual(
        (order === 'asc' ? steps : steps.toReversed()).map((step) => ({ step })),
      );
    }
    const [last] = (await jobs.events(id, { order: 'desc' })).events;
    expect(last).toMatchObject({ type: 'metrics', level: 'warn', message: '', at: 1_700_000_000_006 });
  });

  test('ClaimedJob.emit tells a milestone once, over pauses and other workers', async () => {
    const { jobs, submit, claim, pass } = await testQueue(open());
    const { id } = await submit();
    await jobs.emit(id, { type: 'message', message: 'created' }, { once: 'created' });
    for (let start = 0; start < 2; start++) {
      const claimed = await claim();
      await claimed.emit({ type: 'message', message: 'started' }, { once: 'started' });
      await claimed.emit({ type: 'message', message: `start ${start}` });
      pass(1_000);
    }
    const { events } = await jobs.events(id);
    expect(events.map(({ message }) => message)).toEqual(['created', 'started', 'start 0', 'start 1']);
  });

  test('a reader who polls misses no event though writers race', { timeout: 60_000 }, async () => {
    const database = await open();
    const writers = [openJobs(database), openJobs(await open({ again: database }))];
    const reader = openJobs(await open({ again: database }));
    await reader.submit({ id: 'a', kind: 'train', owner: 'ada', spec: null });
    let isWriting = true;
    const written = Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        writers[index % 2]?.emit('a', { type: 'message', data: index }),
      ),
    ).finally(() => {
      isWriting = false;
    });
    const seen: JobEvent[] = [];
    for (let isLast = false; !isLast; ) {
      // SQLite answers without ever giving the writers a turn.
      await nextTurn();
      isLast = !isWriting;
      seen.push(...(await reader.events('a', { after: seen.at(-1)?.number })).events);
    }
    await written;
    expect(seen.map(({ data }) => Number(data)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, index) => index),
    );
  });

  test('of one job the newest events are kept, and every milestone', async () => {
    const { jobs, submit, claim } = await testQueue(open(), { eventLimit: 50 });
    const { id } = await submit();
    const claimed = await claim();
    await claimed.emit({ type: 'message', message: 'begun' }, { once: 'begun' });
    for (let step = 2; step <= 200; step++) await claimed.emit({ type: 'metrics', data: step });
    const { events } = await jobs.events(id, { limit: 1_000 });
    expect(events[0]?.message).toBe('begun');
    expect(events.slice(1).map(({ data }) => data)).toEqual(
      Array.from({ length: 50 }, (_, index) => 151 + index),
    );
  });

  test('Jobs.events refuses a limit that is none', async () => {
    const { jobs, submit } = await testQueue(open());
    const { id } = await submit();
    for (const limit of [0, -1, 1.5, Number.NaN])
      await expect(jobs.events(id, { limit })).rejects.toThrow('whole number from 1 up');
  });
});
