// `npm run bench:service`: the whole service under mixed load: tuning, chats, tracking, files. Errors, memory and latencies are told.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mixedLoad } from './mixed-load.ts';
import { isSound, reportLines } from './report.ts';

const usage = `Usage:
  npm run -s bench:service [-- --minutes N] [--streams N] [--model DIR] [--database URL] [--seed N] [--json FILE]
      starts hone server with its worker, and at once: fine-tuning jobs back to back, N chats (16) through the openai client,
      tracking writes, uploads and downloads, lists; for N minutes (10). Exit status 1 where anything but a 429 went wrong`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    streams: { type: 'string', default: '16' },
    model: { type: 'string' },
    database: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else {
  const { minutes, streams, model, database, seed, json } = values;
  const result = await mixedLoad({
    ...{ minutes: Number(minutes), streams: Number(streams), seed: Number(seed), model, database },
    onProgress: (line) => console.error(line),
  });
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  for (const line of reportLines(result)) console.log(line);
  if (!isSound(result)) process.exitCode = 1;
}
