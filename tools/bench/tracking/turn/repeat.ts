// Repeats a timed call after a warm-up.

export type Repetitions = {
  /** Counted calls. */
  readonly times: number;
  /** Calls before them that are not counted. */
  readonly warmUp: number;
};

/** Milliseconds of each counted call; `call` gets a number that never repeats, from 0. */
export async function repeat(
  { times, warmUp }: Repetitions,
  call: (index: number) => Promise<{ readonly milliseconds: number }>,
): Promise<readonly number[]> {
  for (let i = 0; i < warmUp; i++) await call(i);
  const milliseconds: number[] = [];
  for (let i = 0; i < times; i++) milliseconds.push((await call(warmUp + i)).milliseconds);
  return milliseconds;
}
