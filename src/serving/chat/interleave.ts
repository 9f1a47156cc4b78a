// Several streams as one: each value as it comes.

type Step<T> = {
  readonly source: AsyncIterator<T, void, undefined>;
  readonly result: IteratorResult<T, void>;
};

/**
 * Values of all sources as they come. When the loop is left, or a source fails, the others are left as well.
 * @param sources asked for their first value together
 */
export async function* interleave<T>(
  sources: readonly AsyncGenerator<T, void, undefined>[],
): AsyncGenerator<T, void, undefined> {
  const next = async (source: AsyncIterator<T, void, undefined>): Promise<Step<T>> => ({
    source,
    result: await source.next(),
  });
  const waiting = new Map(sources.map((source) => [source as AsyncIterator<T>, next(source)] as const));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(source);
        continue;
      }
      waiting.set(source, next(source));
      yield result.value;
    }
  } finally {
    for (const step of waiting.values()) step.catch(() => undefined);
    await Promise.allSettled(sources.map((source) => source.return()));
  }
}
