// How far two conditions on traces go together: normalised pointwise mutual information (Bouma 2009), from counts.

/** How many traces there are, how many meet each of two conditions, and both. */
export type Counts = {
  readonly total: number;
  readonly first: number;
  readonly second: number;
  readonly joint: number;
};

/** From -1 (never together) over 0 (independent) to 1 (always together); NaN where a condition is never met. */
export type Correlation = { readonly npmi: number; readonly npmiSmoothed: number };

/** Added to each of the four cells before smoothing: Jeffreys' prior. */
const prior = 0.5;

export function correlationOf({ total, first, second, joint }: Counts): Correlation {
  const cells = [joint, first - joint, second - joint, total - first - second + joint] as const;
  if (first === 0 || second === 0 || Math.min(...cells) < 0)
    return { npmi: Number.NaN, npmiSmoothed: Number.NaN };
  return {
    npmi: joint === 0 ? -1 : npmi(cells, 0),
    npmiSmoothed: npmi(cells, prior),
  };
}

type Cells = readonly [both: number, onlyFirst: number, onlySecond: number, neither: number];

function npmi([both, onlyFirst, onlySecond, neither]: Cells, smoothing: number): number {
  if (onlyFirst === 0 && onlySecond === 0 && neither === 0) return 1;
  const joint = both + smoothing;
  const first = joint + onlyFirst + smoothing;
  const second = joint + onlySecond + smoothing;
  const total = first + onlySecond + neither + 2 * smoothing;
  const information = Math.log(joint) + Math.log(total) - (Math.log(first) + Math.log(second));
  return Math.max(-1, Math.min(1, information / (Math.log(total) - Math.log(joint))));
}
