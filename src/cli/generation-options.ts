// Options that `hone generate` and `hone chat` share.
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { SamplingRequest } from '../app/index.ts';
import { integer, positiveInteger, positiveNumber } from './arguments.ts';

export type SamplingOptions = {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
};

export function addSamplingOptions(command: Command): Command {
  return command
    .option(
      '--max-tokens <n>',
      "most tokens of an answer (default: the model's recommendation, else 256)",
      positiveInteger,
    )
    .option('--temperature <t>', '0: always the likeliest token; higher: more variety', temperature)
    .option('--top-p <p>', 'sample among the fewest tokens that make up this much probability', share)
    .option('--top-k <k>', 'sample among this many likeliest tokens', positiveInteger)
    .option('--seed <n>', 'the same seed gives the same answer (default: 0)', integer)
    .option('--stop <text>', 'end the answer before this text; may be given several times', collect);
}

/** Where the sampling defaults come from, for the help. */
export const samplingHelp = `
Sampling not given here is what the model's generation_config.json says; where that does not say whether to sample
(do_sample), temperature 0.7 and top-p 0.95.`;

export function samplingRequest(options: SamplingOptions): SamplingRequest {
  const { maxTokens, temperature, topP, topK, seed, stop } = options;
  return {
    ...(maxTokens !== undefined && { maxNewTokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stop }),
  };
}

/** Values of an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Give a number from 0 up.');
  return value;
}

function share(text: string): number {
  const value = positiveNumber(text);
  if (value > 1) throw new InvalidArgumentError('Give a number above 0 and at most 1.');
  return value;
}
