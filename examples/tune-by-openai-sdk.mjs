// Tunes a model by the unmodified `openai` package and shows what it answers before and after.
//
//   npx hone quickstart
//   npx hone server --model toy=runs/quickstart/sft/final
//   OPENAI_BASE_URL=http://127.0.0.1:5000/v1 OPENAI_API_KEY=none node examples/tune-by-openai-sdk.mjs runs/quickstart/data
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';

const folder = process.argv[2] ?? 'runs/quickstart/data';
const model = process.argv[3] ?? 'toy';
const client = new OpenAI();

/** The toy data as OpenAI's preference lines. */
async function preferences(name, count) {
  const rows = (await readFile(join(folder, name), 'utf8'))
    .trim()
    .split('\n')
    .slice(0, count)
    .map((line) => JSON.parse(line));
  const lines = rows.map(({ prompt, chosen, rejected }) =>
    JSON.stringify({
      input: { messages: prompt },
      preferred_output: chosen,
      non_preferred_output: rejected,
    }),
  );
  return { rows, file: await toFile(Buffer.from(`${lines.join('\n')}\n`), name) };
}

async function ask(name, question) {
  const answer = await client.chat.completions.create({
    model: name,
    messages: [{ role: 'user', content: question }],
    temperature: 0,
    max_completion_tokens: 32,
  });
  return answer.choices[0]?.message.content;
}

const { rows, file } = await preferences('preference-train.jsonl', 600);
const uploaded = await client.files.create({ file, purpose: 'fine-tune' });
console.log(`Uploaded ${rows.length} pairs as ${uploaded.id}`);

let job = await client.fineTuning.jobs.create({
  model,
  training_file: uploaded.id,
  suffix: 'polite',
  seed: 1,
  method: {
    type: 'dpo',
    dpo: { hyperparameters: { beta: 0.1, n_epochs: 1, batch_size: 4, learning_rate_multiplier: 10 } },
  },
});
const seen = new Set();
while (!['succeeded', 'failed', 'cancelled'].includes(job.status)) {
  await sleep(1000);
  const news = [];
  for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 20 })) {
    if (seen.has(event.id)) break;
    seen.add(event.id);
    news.unshift(event);
  }
  for (const event of news.filter(({ type, data }) => type !== 'metrics' || data?.step % 25 === 0))
    console.log(`  ${event.message}`);
  job = await client.fineTuning.jobs.retrieve(job.id);
}
console.log(`${job.id}: ${job.status}${job.error?.message ? ` (${job.error.message})` : ''}`);
if (job.fine_tuned_model === null) process.exit(1);

// Questions that were not trained on, and that the base model answers as nobody should.
const { rows: heldOut } = await preferences('preference-eval.jsonl', 60);
let [rude, mended] = [0, 0];
for (const { prompt, rejected } of heldOut) {
  const question = prompt.at(-1).content;
  const before = await ask(model, question);
  if (before !== rejected.at(-1).content) continue;
  const after = await ask(job.fine_tuned_model, question);
  rude++;
  if (after !== before) mended++;
  if (rude <= 4) console.log(`\nQ      ${question}\nbefore ${before}\nafter  ${after}`);
}
console.log(`\nOf ${rude} rude answers ${mended} are others now; the model is ${job.fine_tuned_model}`);
