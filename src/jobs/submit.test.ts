// Submission: what is asked for twice is there once, what cannot be kept is refused.
import { expect, test } from 'vitest';
import { ConflictError, InputError } from '../core/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { jobsMigration, type NewJob, openJobs } from './index.ts';
import { testQueue } from './test-support/queue.ts';

const job = { kind: 'train', owner: 'ada', spec: null };
const dedupeKey = { key: 'k', withinMs: 60_000 };

const refused: readonly (readonly [Partial<NewJob>, string])[] = [
  [{ spec: { rate: Number.NaN } }, "'rate' is NaN"],
  [{ spec: [1, Number.POSITIVE_INFINITY] }, 'is Infinity'],
  [{ owner: '' }, 'its owner has 0 characters'],
  [{ kind: 'k'.repeat(256) }, 'its kind has 256 characters'],
  [{ labels: { ['l'.repeat(300)]: 'x' } }, 'its label has 300 characters'],
  [{ maxAttempts: 0 }, 'maxAttempts is 0'],
  [{ priority: 0.5 }, 'priority is 0.5'],
  [{ dedupeKey: { key: '', withinMs: 1 } }, 'its dedupeKey has 0 characters'],
];

await describeDatabases([jobsMigration], (open) => {
  test('Jobs.submit answers the same job for an owner and a key within the window, whatever became of it', async () => {
    const { jobs, pass } = await testQueue(open());
    const first = await jobs.submit({ ...job, dedupeKey });
    expect(first.duplicate).toBe(false);
    await jobs.cancel(first.job.id);
    pass(59_999);
    expect(await jobs.submit({ ...job, spec: 'other', dedupeKey })).toMatchObject({
      duplicate: true,
      job: { id: first.job.id, state: 'cancelled', spec: null },
    });
    expect((await jobs.submit({ ...job, owner: 'bob', dedupeKey })).duplicate).toBe(false);
    expect((await jobs.submit({ ...job, dedupeKey: { ...dedupeKey, key: 'l' } })).duplicate).toBe(false);
    pass(1);
    const second = await jobs.submit({ ...job, dedupeKey });
    expect(second).toMatchObject({ duplicate: false, job: { state: 'queued' } });
    expect(second.job.id).not.toBe(first.job.id);
    expect((await jobs.submit({ ...job, dedupeKey })).job.id).toBe(second.job.id);
  });

  test('Jobs.submit makes one job of requests that race, from several processes too', async () => {
    const database = await open();
    const queues = [openJobs(database), openJobs(await open({ again: database }))];
    const racing = Array.from({ length: 20 }, (_, index) => queues[index % 2]?.submit({ ...job, dedupeKey }));
    const submissions = await Promise.all(racing);
    expect(new Set(submissions.map((one) => one?.job.id)).size).toBe(1);
    expect(submissions.filter((one) => one?.duplicate === false)).toHaveLength(1);
  });

  test('Jobs.submit refuses an id that is taken, and keeps the job that has it', async () => {
    const { jobs, submit } = await testQueue(open());
    await submit({ id: 'ftjob-1' });
    await expect(submit({ id: 'ftjob-1', owner: 'bob' })).rejects.toThrow(ConflictError);
    expect(await jobs.get('ftjob-1')).toMatchObject({ owner: 'ada' });
  });

  test('Jobs.submit refuses what cannot be kept or means nothing', async () => {
    const { jobs, submit } = await testQueue(open());
    for (const [wrong, message] of refused) {
      const refusal = submit(wrong);
      await expect(refusal, message).rejects.toThrow(InputError);
      await expect(refusal, message).rejects.toThrow(message);
    }
    expect((await jobs.list()).jobs).toEqual([]);
  });

  test('Jobs.submit keeps every text that JSON can say', async () => {
    const { jobs, submit } = await testQueue(open());
    const spec = { text: '\0 \ud800 \u2028 "\\ ünï 𝄞', deep: [[{ '': null }]], small: 5e-324, yes: true };
    const { id } = await submit({ spec, labels: { 'a b': 'ü'.repeat(5_000) } });
    expect(await jobs.get(id)).toMatchObject({ spec, labels: { 'a b': 'ü'.repeat(5_000) } });
    expect((await jobs.list({ labels: { 'a b': 'ü'.repeat(5_000) } })).jobs).toHaveLength(1);
    expect((await jobs.list({ labels: { 'a b': 'ü'.repeat(4_999) } })).jobs).toEqual([]);
  });
});
