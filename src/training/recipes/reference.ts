// The reference model's log-probabilities of every answer: computed once, kept on disk under their fingerprint.
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../core/index.ts';
import { openWeights, writeSafetensors } from '../../engine/index.ts';
import { type EncodedPair, type LayoutOptions, pairRows } from '../objectives/pair-rows.ts';
import type { AnswerLogProbs, PairRows } from '../objectives/preference.ts';
import type { RunControl } from '../run/events.ts';
import type { ForwardRunner } from '../step/trainer-step.ts';
import { split } from './batches.ts';

export type ReferenceOptions = {
  readonly layout: LayoutOptions;
  readonly batchSize: number;
  /** Pairs from this index on keep their order and are batched as evaluation does, so that a tie is one to the bit. */
  readonly heldFrom: number;
  /** Names everything that decides the values: weights, data, layout. */
  readonly fingerprint: string;
  readonly control: RunControl;
};

/** Where computed values are kept: `HONE_CACHE`, or `~/.cache/hone`. */
export function cacheDirectory(): string {
  return process.env.HONE_CACHE ?? join(homedir(), '.cache', 'hone');
}

/** Log-probability sums of both answers of each pair, in the order of the pairs. */
export async function referenceLogProbs(
  pairs: readonly EncodedPair[],
  openRunner: () => Promise<{
    readonly runner: ForwardRunner<PairRows>;
    readonly close: () => Promise<void>;
  }>,
  options: ReferenceOptions,
): Promise<AnswerLogProbs> {
  const path = join(cacheDirectory(), 'reference', `${options.fingerprint}.safetensors`);
  const cached = await readCached(path, pairs.length);
  if (cached !== undefined) return cached;
  const { runner, close } = await openRunner();
  try {
    const values = await computeLogProbs(pairs, runner, options);
    await keep(path, values, options);
    return values;
  } finally {
    await close();
  }
}

/** Runs the reference over all pairs, longest first so that a lack of memory shows at once. */
export async function computeLogProbs(
  pairs: readonly EncodedPair[],
  runner: ForwardRunner<PairRows>,
  { layout, batchSize, heldFrom, control }: Omit<ReferenceOptions, 'fingerprint'>,
): Promise<AnswerLogProbs> {
  const lengthOf = (i: number) => (pairs[i]?.chosen.ids.length ?? 0) + (pairs[i]?.rejected.ids.length ?? 0);
  const all = pairs.map((_, i) => i);
  const order = all.slice(0, heldFrom).sort((a, b) => lengthOf(b) - lengthOf(a));
  const chosen = new Float32Array(pairs.length);
  const rejected = new Float32Array(pairs.length);
  let done = 0;
  for (const indices of [...split(order, batchSize), ...split(all.slice(heldFrom), batchSize)]) {
    control.signal?.throwIfAborted();
    const rows = pairRows(
      indices.map((i) => pairs[i] as EncodedPair),
      layout,
    );
    const { metrics } = await runner.run(rows);
    indices.forEach((pair, i) => {
      chosen[pair] = metrics.chosen?.[i] as number;
      rejected[pair] = metrics.rejected?.[i] as number;
    });
    done += indices.length;
    control.onEvent?.({ type: 'prepare', what: 'Reference log-probabilities', done, total: pairs.length });
  }
  return { chosen, rejected };
}

async function readCached(path: string, count: number): Promise<AnswerLogProbs | undefined> {
  try {
    const weights = await openWeights(path);
    try {
      const [chosen, rejected] = [await weights.read('chosen'), await weights.read('rejected')];
      return chosen.length === count && rejected.length === count ? { chosen, rejected } : undefined;
    } finally {
      await weights.close();
    }
  } catch (error) {
    // Not there yet, or damaged: it is computed again
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Keeps values for other runs; a cache that cannot be written costs time later, not the run now. */
async function keep(
  path: string,
  { chosen, rejected }: AnswerLogProbs,
  { control }: ReferenceOptions,
): Promise<void> {
  const vector = (name: string, data: Float32Array) => ({
    name,
    dtype: 'F32' as const,
    shape: [data.length],
    data,
  });
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await writeSafetensors(path, [vector('chosen', chosen), vector('rejected', rejected)]);
  } catch (error) {
    control.onEvent?.({
      type: 'message',
      text: `Reference log-probabilities are not kept: ${(error as Error).message}`,
    });
  }
}
