// Fine-tuning jobs, one after the other, supervised and DPO by turns; the models of old ones are deleted.
import { setTimeout as sleep } from 'node:timers/promises';
import { toFile } from 'openai';
import type { LoadContext, Work } from './load.ts';
import { timed } from './load.ts';

/** Tuned models that stay, for chats to ask. */
const kept = 3;
const examples = 20;

const question = (i: number) => ({ role: 'user', content: `Where is parcel ${i}?` });
const answer = (i: number) => ({ role: 'assistant', content: `Parcel ${i} is on its way.` });
const conversations = Array.from({ length: examples }, (_, i) => ({ messages: [question(i), answer(i)] }));
const pairs = Array.from({ length: examples }, (_, i) => ({
  input: { messages: [question(i)] },
  preferred_output: [answer(i)],
  non_preferred_output: [{ role: 'assistant', content: 'Who knows?' }],
}));

/** One job from its file to its model. */
export const tune: Work = async (context) => {
  const { client, random, readings, tuned } = context;
  const isDpo = random.uniform() < 0.5;
  const hyperparameters = { n_epochs: 3, batch_size: 2 };
  const text = (isDpo ? pairs : conversations).map((row) => JSON.stringify(row)).join('\n');
  const file = await client.files.create({
    file: await toFile(Buffer.from(text), 'data.jsonl'),
    purpose: 'fine-tune',
  });
  const job = await client.fineTuning.jobs.create({
    ...{ model: 'small', training_file: file.id },
    method: isDpo
      ? { type: 'dpo', dpo: { hyperparameters } }
      : { type: 'supervised', supervised: { hyperparameters } },
  });
  const model = await timed(context, `job: ${isDpo ? 'dpo' : 'supervised'}`, () => ended(context, job.id));
  if (model === undefined) return;
  readings.count('jobs that ended well');
  tuned.push(model);
  await client.files.delete(file.id);
  // Deleted while chats ask it: they are told so, or answered
  if (tuned.length > kept) await client.models.delete(tuned.shift() ?? '');
};

/** The job's model; undefined where the time was over first. */
async function ended({ client, over }: LoadContext, id: string): Promise<string | undefined> {
  while (!over.aborted) {
    const { status, error, fine_tuned_model } = await client.fineTuning.jobs.retrieve(id);
    if (status === 'failed' || status === 'cancelled')
      throw new Error(`A job is ${status}: ${error?.message ?? ''}`);
    if (status === 'succeeded') return fine_tuned_model ?? undefined;
    await sleep(250);
  }
  return undefined;
}
