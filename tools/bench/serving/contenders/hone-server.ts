// Contender: `hone server` over HTTP, asked by OpenAI's own client, streaming. The client's cost is in the times.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import OpenAI from 'openai';
import { ROOT } from '../../../run-command.ts';
import { startServer } from '../../tracking/server-process.ts';
import type { ServerKind } from '../../tracking/servers.ts';
import { peakMemory, processorSeconds } from '../process-usage.ts';
import type { Account, Workload, WrittenText } from '../workload.ts';
import { runCases } from './run-cases.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '' },
    workload: { type: 'string', default: '' },
    precision: { type: 'string', default: 'float32' },
  },
});

const workload: Workload = JSON.parse(readFileSync(values.workload, 'utf8'));
const temporary = mkdtempSync(join(tmpdir(), 'hone-bench-'));
const kind: ServerKind = {
  name: 'Hone',
  command: ({ port, directory }) => [
    process.execPath,
    join(ROOT, 'bin', 'hone.js'),
    ...['server', '--port', `${port}`, '--data', directory, '--no-worker', '--log-level', 'warn'],
    ...['--model', `bench=${values.model}`, '--precision', values.precision],
    ...['--context-length', `${workload.contextLength}`, '--threads', `${workload.threads}`],
  ],
  environment: {},
};

const begin = performance.now();
const server = await startServer(kind, join(temporary, 'data'));
const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });

async function write(prompt: readonly number[], newTokens: number, start: number): Promise<WrittenText> {
  const times: number[] = [];
  const stream = await client.completions.create({
    ...{ model: 'bench', prompt: [...prompt], max_tokens: newTokens, temperature: 0 },
    ...{ stream: true, stream_options: { include_usage: true } },
  });
  let written = 0;
  for await (const { choices, usage } of stream) {
    if (choices.some(({ text }) => text !== '')) times.push(performance.now() - start);
    written = usage?.completion_tokens ?? written;
  }
  if (written !== newTokens || times.length !== newTokens)
    throw new Error(`A text of ${newTokens} tokens came as ${written} in ${times.length} pieces`);
  return { times };
}

try {
  // A model is loaded when it is first asked
  await write(workload.cases[0]?.warmUp[0] ?? [0], 1, 0);
  const loadSeconds = (performance.now() - begin) / 1000;
  const cases = await runCases(workload, write, {
    processorSeconds: () =>
      [...processorSeconds(server.pid).values()].reduce((sum, seconds) => sum + seconds, 0),
  });
  console.log(JSON.stringify({ loadSeconds, peakMb: peakMemory(server.pid), cases } satisfies Account));
} finally {
  await server.stop();
  rmSync(temporary, { recursive: true, force: true });
}
