// Contender: Hone's decode engine within this process, as a library's user has it.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DecodeEngine, openRunner } from '../../../../src/serving/index.ts';
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
const { contextLength: capacity, threads } = workload;
const precision = values.precision === 'int8' ? 'int8' : 'float32';
const engine = new DecodeEngine(await openRunner(values.model, { capacity, precision, threads }));
const loadSeconds = process.uptime();

async function write(prompt: readonly number[], maxNewTokens: number, start: number): Promise<WrittenText> {
  const [times, tokens]: [number[], number[]] = [[], []];
  const stream = engine.generate({
    ...{ prompt, maxNewTokens, stopTokens: new Set(), alternatives: 0 },
    sampling: {
      ...{ temperature: 0, topP: 1, topK: Number.POSITIVE_INFINITY, seed: 0 },
      ...{ presencePenalty: 0, frequencyPenalty: 0, logitBias: new Map() },
    },
  });
  for await (const { token } of stream) {
    times.push(performance.now() - start);
    tokens.push(token);
  }
  return { times, tokens };
}

const cases = await runCases(workload, write);
await engine.close();
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
console.log(JSON.stringify({ loadSeconds, peakMb, cases } satisfies Account));
