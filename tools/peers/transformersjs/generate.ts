// Contender of `npm run bench:serving`: Transformers.js. It has no batching across calls: texts are written one after the other.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AutoModelForCausalLM, BaseStreamer, env, Tensor } from '@huggingface/transformers';
import { runCases } from '../../bench/serving/contenders/run-cases.ts';
import type { Account, Workload, WrittenText } from '../../bench/serving/workload.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '' },
    workload: { type: 'string', default: '' },
    precision: { type: 'string', default: 'fp32' },
  },
});

env.allowRemoteModels = false;
env.localModelPath = '';
const workload: Workload = JSON.parse(readFileSync(values.workload, 'utf8'));
const model = await AutoModelForCausalLM.from_pretrained(values.model, {
  dtype: values.precision === 'q8' ? 'q8' : 'fp32',
  device: 'cpu',
  session_options: { intraOpNumThreads: workload.threads },
});
const loadSeconds = process.uptime();

class Notes extends BaseStreamer {
  readonly times: number[] = [];
  readonly tokens: number[] = [];
  readonly #start: number;
  #prompt = true;

  constructor(start: number) {
    super();
    this.#start = start;
  }

  /** The prompt comes first, then each token. */
  override put(value: bigint[][]) {
    if (!this.#prompt) {
      this.times.push(performance.now() - this.#start);
      this.tokens.push(Number(value[0]?.[0]));
    }
    this.#prompt = false;
  }

  override end() {}
}

async function write(prompt: readonly number[], newTokens: number, start: number): Promise<WrittenText> {
  const notes = new Notes(start);
  const shape = [1, prompt.length];
  await model.generate({
    inputs: new Tensor('int64', BigInt64Array.from(prompt, BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), shape),
    ...{ max_new_tokens: newTokens, do_sample: false, streamer: notes },
  });
  return { times: notes.times, tokens: notes.tokens };
}

const cases = await runCases(workload, write, {
  async writeAll(prompts, newTokens) {
    const start = performance.now();
    const texts: WrittenText[] = [];
    for (const prompt of prompts) texts.push(await write(prompt, newTokens, start));
    return texts;
  },
});
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
console.log(JSON.stringify({ loadSeconds, peakMb, cases } satisfies Account));
