// Which prompts a pass works on, and on how much of each.

/**
 * Shares a pass among prompts: half of it is the oldest's, so that a long one moves on; the rest goes to those that
 * need the fewest tokens, so that a short one need not wait for a long one.
 * @param ahead tokens that each prompt still has to run, the oldest first
 * @param most tokens of the pass
 * @returns tokens for each, in the same order; 0 for those that sit out
 */
export function sharePrefill(ahead: readonly number[], most: number): number[] {
  const shares = ahead.map(() => 0);
  let left = most;
  const give = (i: number, limit: number) => {
    const more = Math.min((ahead[i] as number) - (shares[i] as number), limit, left);
    shares[i] = (shares[i] as number) + more;
    left -= more;
  };
  if (ahead.length > 0) give(0, Math.ceil(most / 2));
  const shortest = [...ahead.keys()].sort((a, b) => (ahead[a] as number) - (ahead[b] as number));
  for (const i of shortest) give(i, left);
  return shares;
}
