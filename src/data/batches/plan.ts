// Which examples go into which batch, seeded per epoch, so that a resumed run sees the same batches.
import { InputError, Random } from '../../core/index.ts';

/** Options of {@link planBatches}. */
export type BatchPlanOptions = {
  readonly batchSize: number;
  readonly seed: number;
  /** Counts from 0; each epoch has an order of its own. @default 0 */
  readonly epoch?: number;
  /** Leaves out a last batch that is not full. @default false */
  readonly dropLast?: boolean;
  /** Batches examples of similar length, so that less is padded; batches still come in random order. @default false */
  readonly groupByLength?: boolean;
  /** False keeps the order of the data, for evaluation. @default true */
  readonly shuffle?: boolean;
};

/** Batches among which examples are sorted by length: enough to save padding, few enough to stay random. */
const batchesPerGroup = 50;

/** Batches of indices into `lengths` (in tokens, one per example); every example once, unless `dropLast` leaves some out. */
export function planBatches(lengths: ArrayLike<number>, options: BatchPlanOptions): number[][] {
  const { batchSize, seed, epoch = 0, dropLast = false, groupByLength = false, shuffle = true } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`Cannot plan batches: 'batchSize' must be a positive integer, it is ${batchSize}`);
  const random = new Random(seed, 'batches', epoch);
  const given = Array.from({ length: lengths.length }, (_, index) => index);
  const order = shuffle ? random.shuffled(given) : given;
  const sorted = groupByLength ? sortInGroups(order, lengths, batchSize * batchesPerGroup) : order;
  const batches = chunk(sorted, batchSize);
  const last = batches.at(-1);
  const partial = last !== undefined && last.length < batchSize ? batches.pop() : undefined;
  const full = groupByLength && shuffle ? random.shuffled(batches) : batches;
  return partial === undefined || dropLast ? full : [...full, partial];
}

function sortInGroups(order: readonly number[], lengths: ArrayLike<number>, size: number): number[] {
  const longestFirst = (a: number, b: number) => (lengths[b] ?? 0) - (lengths[a] ?? 0);
  return chunk(order, size).flatMap((group) => group.sort(longestFirst));
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
