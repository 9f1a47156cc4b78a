// The queue on both databases: a job's life from submission to its one end.
import { expect, test } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { jobsMigration, openJobs } from './index.ts';

await describeDatabases([jobsMigration], (open) => {
  test('a job is submitted, claimed, told of and done', async () => {
    const jobs = openJobs(await open());
    const { job } = await jobs.submit({
      kind: 'train',
      owner: 'ada',
      spec: { a: [1, null] },
      labels: { team: 'x' },
    });
    expect(job).toMatchObject({ state: 'queued', attempt: 0, spec: { a: [1, null] }, labels: { team: 'x' } });
    const claimed = await jobs.claim({
      worker: 'w',
      kinds: ['train'],
      leaseMs: 60_000,
      perOwner: 1,
      perGroup: 1,
    });
    expect(claimed?.job).toMatchObject({ id: job.id, state: 'running', attempt: 1, worker: 'w' });
    expect(await claimed?.heartbeat({ step: 1 })).toBe('go-on');
    await claimed?.emit({ type: 'message', message: 'begun' }, { once: 'begun' });
    await claimed?.emit({ type: 'message', message: 'begun' }, { once: 'begun' });
    await claimed?.emit({ type: 'metrics', data: { loss: 0.5 } });
    await claimed?.succeed({ model: 'm' });
    expect(await jobs.get(job.id)).toMatchObject({
      state: 'succeeded',
      result: { model: 'm' },
      progress: { step: 1 },
      worker: null,
    });
    const { events } = await jobs.events(job.id);
    expect(events.map(({ message, data }) => message || data)).toEqual(['begun', { loss: 0.5 }]);
    expect(await jobs.counts()).toMatchObject({ succeeded: 1, queued: 0 });
    expect((await jobs.list({ labels: { team: 'x' } })).jobs).toHaveLength(1);
    expect(await jobs.deleteFinished(Date.now() + 1e9)).toBe(1);
    expect((await jobs.list()).jobs).toEqual([]);
  });
});
