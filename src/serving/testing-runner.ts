// For tests: slots over whole passes of the model's own graph. It keeps no keys and values but the tokens, so it is slow and plainly right.
import { type HostTensors, input, int64, Session } from '../engine/index.ts';
import {
  type CausalModel,
  causalBias,
  GraphWeights,
  LoraWeights,
  loadAdapter,
  loadModel,
  type Weights,
} from '../models/index.ts';
import type { AdapterHandle, Piece, SlotRunner } from './engine/slot-runner.ts';

/** What stands at a place: a token, and the number of the adapter that it was run under. */
const placeFloats = 2;

type Variant = { readonly session: Session; readonly parameters: HostTensors; readonly number: number };

/** Refuses what a correct scheduler never does: runs that overlap, gaps, places run under another adapter. */
export class WholePassRunner implements SlotRunner {
  readonly slots: number;
  readonly capacity: number;
  readonly bytesPerPlace = 4 * placeFloats;
  readonly model: CausalModel;
  /** Every pass so far. */
  readonly passes: (readonly Piece[])[] = [];
  /** Awaited before each pass; an error of it is the pass's. */
  beforePass: () => void | Promise<void> = () => undefined;
  readonly #parameters: HostTensors;
  readonly #slots: number[][];
  readonly #variants = new Map<AdapterHandle | undefined, Variant>();
  #created = 0;
  #busy = false;

  private constructor(
    model: CausalModel,
    parameters: HostTensors,
    { slots, capacity }: { slots: number; capacity: number },
  ) {
    this.model = model;
    this.#parameters = parameters;
    this.slots = slots;
    this.capacity = capacity;
    this.#slots = Array.from({ length: slots }, () => []);
  }

  static async open(
    directory: string,
    options: { readonly slots?: number; readonly capacity?: number } = {},
  ): Promise<WholePassRunner> {
    const { model, parameters } = await loadModel(directory);
    const { slots = 4, capacity = model.maxLength } = options;
    const runner = new WholePassRunner(model, parameters, { slots, capacity });
    await runner.#addVariant(undefined, parameters, (weights) => weights);
    return runner;
  }

  get vocabSize(): number {
    return this.model.vocabSize;
  }

  /** Adapters in memory. */
  get adapters(): readonly AdapterHandle[] {
    return [...this.#variants.keys()].filter((adapter) => adapter !== undefined);
  }

  async run(pieces: readonly Piece[]): Promise<Float32Array[]> {
    this.#enter();
    try {
      this.passes.push(pieces);
      await this.beforePass();
      const slots = new Set(pieces.map(({ slot }) => slot));
      if (slots.size < pieces.length) throw new Error('Two pieces are for one slot');
      const scores: Float32Array[] = [];
      for (const piece of pieces) scores.push(await this.#runPiece(piece));
      return scores;
    } finally {
      this.#busy = false;
    }
  }

  read(slot: number, start: number, count: number): Float32Array {
    this.#checkIdle();
    const floats = this.#slot(slot).slice(start * placeFloats, (start + count) * placeFloats);
    if (floats.length < count * placeFloats) throw new Error('Places are read that were never written');
    return Float32Array.from(floats);
  }

  write(slot: number, start: number, block: Float32Array): void {
    this.#checkIdle();
    const floats = this.#slot(slot);
    if (start * placeFloats > floats.length) throw new Error('Places are written behind a gap');
    floats.splice(start * placeFloats, block.length, ...block);
  }

  async loadAdapter(name: string, directory: string): Promise<AdapterHandle> {
    const { config, parameters } = await loadAdapter(directory, this.model);
    const bytes = Object.values(parameters).reduce((sum, { data }) => sum + data.byteLength, 0);
    const adapter: AdapterHandle = { name, rank: config.rank, bytes };
    const all = { ...this.#parameters, ...parameters };
    await this.#addVariant(
      adapter,
      all,
      (weights) => new LoraWeights(weights, { model: this.model, config }),
    );
    return adapter;
  }

  unloadAdapter(adapter: AdapterHandle): void {
    this.#checkIdle();
    const variant = this.#variants.get(adapter);
    if (variant === undefined) throw new Error('The adapter is not loaded');
    this.#variants.delete(adapter);
    void variant.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#checkIdle();
    for (const { session } of this.#variants.values()) await session.close();
  }

  #slot(slot: number): number[] {
    const floats = this.#slots[slot];
    if (floats === undefined) throw new Error(`There is no slot ${slot}`);
    return floats;
  }

  #enter(): void {
    this.#checkIdle();
    this.#busy = true;
  }

  #checkIdle(): void {
    if (this.#busy) throw new Error('A pass is under way');
  }

  async #runPiece({ slot, start, tokens, adapter }: Piece): Promise<Float32Array> {
    const variant = this.#variants.get(adapter);
    if (variant === undefined) throw new Error('The adapter is not loaded');
    const floats = this.#slot(slot);
    if (start * placeFloats > floats.length) throw new Error('A piece starts behind a gap');
    if (tokens.length === 0 || start + tokens.length > this.capacity) throw new Error('A piece has no room');
    floats.length = start * placeFloats;
    for (const token of tokens) floats.push(token, variant.number);
    const row = floats.filter((_, i) => i % placeFloats === 0);
    if (floats.some((value, i) => i % placeFloats === 1 && value !== variant.number))
      throw new Error('Places were run under another adapter');
    const shape = [1, row.length];
    const { logits } = await variant.session.run({
      ...variant.parameters,
      ids: int64(row, shape),
      positions: int64([...row.keys()], shape),
    });
    return Float32Array.from(logits?.data as Float32Array).slice(-this.vocabSize);
  }

  async #addVariant(
    adapter: AdapterHandle | undefined,
    parameters: HostTensors,
    adapt: (weights: GraphWeights) => Weights,
  ): Promise<void> {
    const { model } = this;
    const weights = adapt(new GraphWeights(model.parameters));
    const shape = [1, 'length'] as const;
    const { hidden } = model.forward(weights, {
      ids: input('ids', 'int64', shape),
      positions: input('positions', 'int64', shape),
      attentionBias: causalBias('length', model.slidingWindow),
      maxPositions: this.capacity,
    });
    const session = await Session.create({ outputs: { logits: model.logits(weights, hidden) } });
    this.#variants.set(adapter, { session, parameters, number: this.#created++ });
  }
}
