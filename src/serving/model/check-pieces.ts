// Refuses pieces that would write outside their slots or ask for what is not there.
import { StateError } from '../../core/index.ts';
import type { Piece, SlotRunner } from '../engine/slot-runner.ts';

type Limits = Pick<SlotRunner, 'slots' | 'capacity' | 'vocabSize'>;

/**
 * @param taken places of a slot that are in use
 * @throws StateError naming the first piece that is wrong
 */
export function checkPieces(pieces: readonly Piece[], limits: Limits, taken: (slot: number) => number): void {
  const seen = new Set<number>();
  for (const piece of pieces) {
    const { slot, start, tokens } = piece;
    const fail = (reason: string): never => {
      throw new StateError(
        `Cannot run ${tokens.length} tokens in slot ${slot} from place ${start}: ${reason}`,
      );
    };
    if (!Number.isInteger(slot) || slot < 0 || slot >= limits.slots) fail(`there are ${limits.slots} slots`);
    if (seen.has(slot)) fail('another piece is for the same slot');
    seen.add(slot);
    if (tokens.length === 0) fail('there is no token; leave the piece out');
    if (!Number.isInteger(start) || start < 0 || start > taken(slot))
      fail(`its places are taken up to ${taken(slot)}; start there or before`);
    if (start + tokens.length > limits.capacity)
      fail(`a slot has ${limits.capacity} places; end the sequence before`);
    const unknown = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= limits.vocabSize);
    if (unknown !== undefined) fail(`token ${unknown} is not in the vocabulary of ${limits.vocabSize}`);
  }
}

/** @throws StateError for places that a slot does not have or, to be read, does not hold */
export function checkPlaces(slot: number, { start, end, most }: Places): void {
  const wrong = [slot, start, end].some((value) => !Number.isInteger(value) || value < 0);
  if (wrong || most === undefined || start > end || end > most)
    throw new StateError(
      `Cannot reach places ${start} to ${end} of slot ${slot}: it holds ${most ?? 'none: there is no such slot'}`,
    );
}

type Places = { readonly start: number; readonly end: number; readonly most: number | undefined };
