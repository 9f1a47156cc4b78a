// What every contender is asked, and what it tells: the contract between the bench and the programs that it starts.

/** Shapes that are measured: a preset of new models and a vocabulary. */
export const shapes = {
  smol135: { model: 'new:smol135', vocabSize: 49_152 },
  small: { model: 'new:small', vocabSize: 2048 },
} as const;

export type Shape = keyof typeof shapes;

/** @throws Error for a shape that is not known */
export function asShape(name: string): Shape {
  const known = Object.keys(shapes) as Shape[];
  const shape = known.find((each) => each === name);
  if (shape === undefined) throw new Error(`Cannot bench shape '${name}'; known: ${known.join(', ')}`);
  return shape;
}

/** So many clients at once, each with one text to be written. */
export type Case = {
  readonly clients: number;
  readonly newTokens: number;
  /** One for each client, as token ids; no two cases share a prompt. */
  readonly prompts: readonly (readonly number[])[];
  /** As many again, written before the clock starts, a few tokens of each. */
  readonly warmUp: readonly (readonly number[])[];
};

/** Written to a file that each contender reads. */
export type Workload = {
  readonly shape: Shape;
  readonly contextLength: number;
  readonly threads: number;
  readonly warmUpTokens: number;
  readonly cases: readonly Case[];
};

/** One text as its client saw it. */
export type WrittenText = {
  /** Milliseconds from the start of the case to each token. */
  readonly times: readonly number[];
  /** Token ids; absent where the client sees text only. */
  readonly tokens?: readonly number[];
};

/** One case; warming up is left out. */
export type CaseAccount = {
  readonly texts: readonly WrittenText[];
  /** Of all threads and processes that wrote them. */
  readonly processorSeconds: number;
};

/** The one line of JSON that a contender prints at its end. */
export type Account = {
  /** Until the model could be asked, the start of the process included. */
  readonly loadSeconds: number;
  readonly peakMb: number;
  /** In the order of the workload. */
  readonly cases: readonly CaseAccount[];
};

export const usualContextLength = 512;
const warmUpTokens = 8;

/** Shares prompts out to cases; a prompt is used once, so that no contender knows its beginning. */
export function planWorkload(
  prompts: readonly (readonly number[])[],
  options: {
    readonly shape: Shape;
    readonly clients: readonly number[];
    readonly newTokens: readonly number[];
    readonly threads: number;
  },
): Workload {
  const { shape, clients, newTokens, threads } = options;
  const left = [...prompts];
  const take = (count: number) => {
    if (left.length < count)
      throw new RangeError(`Cannot plan the cases: ${prompts.length} prompts are too few`);
    return left.splice(0, count);
  };
  const cases = newTokens.flatMap((length) =>
    clients.map((count) => ({
      ...{ clients: count, newTokens: length },
      ...{ prompts: take(count), warmUp: take(count) },
    })),
  );
  return { shape, contextLength: usualContextLength, threads, warmUpTokens, cases };
}
