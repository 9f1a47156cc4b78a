// Runs an optimiser over flat buffers, chunk by chunk and in place: no second copy of parameters or moments.
import { add, type Graph, input, mul, type Tensor } from '../graph/index.ts';
import {
  float32,
  type HostTensor,
  type HostTensors,
  Session,
  type SessionOptions,
} from '../runtime/index.ts';
import { commonMemory } from './flat-vectors.ts';
import { assertInPlaceSafe } from './in-place.ts';
import type { Optimizer, StepContext, StepScalars } from './optimizer.ts';

/** Elements per run: small enough that the intermediates of one chunk stay in the cache. */
const chunkSize = 1 << 17;

/** Buffers of one length: parameters, their gradients, and the optimiser's slots by name. */
export type FlatState = {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly slots: Readonly<Record<string, Float32Array>>;
};

/** One step over all elements. */
export type FlatStep = Omit<StepContext, 'weightDecay'> & {
  /** Multiplies every gradient first: clipping. */
  readonly gradientScale: number;
  /** Elements before this index decay by `weightDecay`, those from it on do not. */
  readonly decayEnd: number;
  readonly weightDecay: number;
};

/** An optimiser made ready to run. */
export class FlatUpdate {
  readonly #optimizer: Optimizer;
  readonly #update: Session;
  readonly #sum: Session;

  private constructor(optimizer: Optimizer, update: Session, sum: Session) {
    this.#optimizer = optimizer;
    this.#update = update;
    this.#sum = sum;
  }

  static async create(optimizer: Optimizer, options: SessionOptions = {}): Promise<FlatUpdate> {
    const [update, sum] = await Promise.all([
      Session.create(updateGraph(optimizer), options),
      Session.create(sumGraph(), options),
    ]);
    return new FlatUpdate(optimizer, update, sum);
  }

  /** What the optimiser keeps for each element. */
  get slotNames(): readonly string[] {
    return this.#optimizer.slots;
  }

  /** target += addend, in place. */
  async accumulate(target: Float32Array, addend: Float32Array): Promise<void> {
    for (const [start, end] of chunks(0, target.length)) {
      const sum = view(target, start, end);
      await this.#sum.run({ target: sum, addend: view(addend, start, end) }, { sum });
    }
  }

  /** One optimiser step: parameters and slots are overwritten. */
  async apply(state: FlatState, step: FlatStep): Promise<void> {
    const { length } = state.parameters;
    await this.#applyRange(state, { ...step, from: 0, to: step.decayEnd });
    await this.#applyRange(state, { ...step, weightDecay: 0, from: step.decayEnd, to: length });
  }

  async close(): Promise<void> {
    await Promise.all([this.#update.close(), this.#sum.close()]);
  }

  async #applyRange(
    state: FlatState,
    step: FlatStep & { readonly from: number; readonly to: number },
  ): Promise<void> {
    const { from, to, gradientScale } = step;
    const scalars = this.#optimizer.scalars(step);
    const memory = commonMemory([state.parameters, state.gradients, ...Object.values(state.slots)]);
    if (this.#optimizer.kernel !== undefined && memory !== undefined) {
      this.#optimizer.kernel(memory, state, { from, to, gradientScale, scalars });
      return;
    }
    const feeds = scalarFeeds({ ...scalars, gradientScale });
    for (const chunk of chunks(from, to)) await this.#applyChunk(state, chunk, feeds);
  }

  async #applyChunk(
    state: FlatState,
    [start, end]: readonly [number, number],
    scalars: HostTensors,
  ): Promise<void> {
    const parameter = view(state.parameters, start, end);
    const feeds: Record<string, HostTensor> = {
      ...scalars,
      parameter,
      gradient: view(state.gradients, start, end),
    };
    const into: Record<string, HostTensor> = { 'new:parameter': parameter };
    for (const slot of this.#optimizer.slots) {
      const values = view(state.slots[slot] as Float32Array, start, end);
      feeds[slot] = values;
      into[`new:${slot}`] = values;
    }
    await this.#update.run(feeds, into);
  }
}

/**
 * The Euclidean norm, summed in double precision; NaN or Infinity when any element is.
 * Four sums side by side keep the processor's adders busy.
 */
export function euclideanNorm(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += square(values[i]);
    b += square(values[i + 1]);
    c += square(values[i + 2]);
    d += square(values[i + 3]);
  }
  for (const value of values.subarray(whole)) a += value * value;
  return Math.sqrt(a + b + c + d);
}

function square(x = 0): number {
  return x * x;
}

/** The graph of one chunk's update, proved safe to run in place. */
export function updateGraph(optimizer: Optimizer): Graph {
  const vector = (name: string): Tensor => input(name, 'float32', ['N']);
  const names = Object.keys(optimizer.scalars({ step: 1, learningRate: 1, weightDecay: 0 }));
  const scalars = Object.fromEntries(names.map((name) => [name, input(`scalar:${name}`, 'float32', [])]));
  const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, vector(slot)]));
  const gradient = mul(vector('gradient'), input('scalar:gradientScale', 'float32', []));
  const updated = optimizer.update({ parameter: vector('parameter'), gradient, slots, scalars });
  const outputs: Record<string, Tensor> = { 'new:parameter': updated.parameter };
  for (const slot of optimizer.slots) outputs[`new:${slot}`] = updated.slots[slot] as Tensor;
  const graph = { outputs };
  assertInPlaceSafe(
    graph,
    ['parameter', ...optimizer.slots].map((name) => ({ from: name, to: `new:${name}` })),
  );
  return graph;
}

function sumGraph(): Graph {
  const target = input('target', 'float32', ['N']);
  const graph = { outputs: { sum: add(target, input('addend', 'float32', ['N'])) } };
  assertInPlaceSafe(graph, [{ from: 'target', to: 'sum' }]);
  return graph;
}

function scalarFeeds(values: StepScalars): HostTensors {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`scalar:${name}`, float32(Float32Array.of(value), [])]),
  );
}

function view(values: Float32Array, start: number, end: number): HostTensor {
  return float32(values.subarray(start, end), [end - start]);
}

function* chunks(from: number, to: number): Generator<readonly [number, number]> {
  for (let start = from; start < to; start += chunkSize) yield [start, Math.min(start + chunkSize, to)];
}
