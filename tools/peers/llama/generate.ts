// Contender of `npm run bench:serving`: llama.cpp, one context with a sequence for each client and continuous batching.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { runCases } from '../../bench/serving/contenders/run-cases.ts';
import type { Account, Workload, WrittenText } from '../../bench/serving/workload.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '' },
    workload: { type: 'string', default: '' },
    /** Attention all in float32; by default llama.cpp keeps keys, values and parts of the sums in 16 bits. */
    exact: { type: 'boolean', default: false },
  },
});

const workload: Workload = JSON.parse(readFileSync(values.workload, 'utf8'));
const { threads, contextLength } = workload;
const cache = values.exact ? 'F32' : 'F16';
// The prebuilt library: nothing is compiled or fetched
const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: threads,
  logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({ modelPath: values.model, useMmap: false });
const context = await model.createContext({
  sequences: Math.max(...workload.cases.map(({ clients }) => clients)),
  contextSize: contextLength,
  threads: { ideal: threads, min: threads },
  flashAttention: values.exact ? false : 'auto',
  experimentalKvCacheKeyType: cache,
  experimentalKvCacheValueType: cache,
});
const idle = Array.from({ length: context.totalSequences }, () => context.getSequence());
const loadSeconds = process.uptime();

async function write(prompt: readonly number[], newTokens: number, start: number): Promise<WrittenText> {
  const [times, tokens]: [number[], number[]] = [[], []];
  const sequence = idle.pop();
  if (sequence === undefined) throw new Error('More texts at once than sequences');
  for await (const token of sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
    times.push(performance.now() - start);
    tokens.push(token);
    if (tokens.length === newTokens) break;
  }
  await sequence.clearHistory();
  idle.push(sequence);
  return { times, tokens };
}

const cases = await runCases(workload, write);
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
console.log(JSON.stringify({ loadSeconds, peakMb, cases } satisfies Account));
await llama.dispose();
