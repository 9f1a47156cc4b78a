// Adapters in memory, and the stacks of those that run.
import { StateError } from '../../core/index.ts';
import { float32, type HostTensor, type HostTensors } from '../../engine/index.ts';
import { type CausalModel, type LoadedAdapter, loraNames, loraScale } from '../../models/index.ts';
import type { AdapterHandle } from '../engine/slot-runner.ts';
import { adaptableLayers, type LayerSize, maskName, stackNames } from './stacked-adapters.ts';

/** Ranks that are kept stacked although the present run does not need them. */
const keptRanks = 128;

/** Matrices by layer name, of the layers that the adapter changes. */
type Matrices = ReadonlyMap<string, { readonly a: Float32Array; readonly b: Float32Array }>;

type Held = { readonly scale: number; readonly matrices: Matrices };

/** Any number of adapters; those of a run are copied below one another, where they stay until the room is wanted. */
export class AdapterMemory {
  readonly #layers: readonly LayerSize[];
  readonly #held = new Map<AdapterHandle, Held>();
  readonly #stacks = new Map<string, Float32Array>();
  /** First rank of each stacked adapter. */
  readonly #starts = new Map<AdapterHandle, number>();
  #ranks = 0;
  #room = 0;
  #tensors: HostTensors = {};

  constructor(model: CausalModel) {
    this.#layers = adaptableLayers(model);
    this.#restack();
  }

  has(adapter: AdapterHandle): boolean {
    return this.#held.has(adapter);
  }

  add(name: string, { config, parameters }: LoadedAdapter): AdapterHandle {
    const matrices = new Map(
      this.#layers.flatMap((layer) => {
        const names = loraNames(layer.name);
        const [a, b] = [parameters[names.a], parameters[names.b]];
        if (a === undefined || b === undefined) return [];
        return [[layer.name, { a: a.data as Float32Array, b: transposed(b) }] as const];
      }),
    );
    const floats = [...matrices.values()].reduce((sum, { a, b }) => sum + a.length + b.length, 0);
    const adapter = { name, rank: config.rank, bytes: 4 * floats };
    this.#held.set(adapter, { scale: loraScale(config), matrices });
    return adapter;
  }

  /** @throws StateError for one that is not in memory */
  remove(adapter: AdapterHandle): void {
    if (!this.#held.delete(adapter))
      throw new StateError(`Cannot unload the adapter '${adapter.name}': it is not loaded`);
    if (this.#starts.has(adapter)) this.#restack();
  }

  /** The inputs of a run. @param rows the adapter of each row of the graph, one for each token */
  feeds(rows: readonly (AdapterHandle | undefined)[]): HostTensors {
    this.#stack(new Set(rows.filter((adapter) => adapter !== undefined)));
    const mask = new Float32Array(rows.length * this.#ranks);
    rows.forEach((adapter, row) => {
      if (adapter === undefined) return;
      const start = row * this.#ranks + (this.#starts.get(adapter) as number);
      mask.fill((this.#held.get(adapter) as Held).scale, start, start + adapter.rank);
    });
    return { ...this.#tensors, [maskName]: float32(mask, [rows.length, this.#ranks]) };
  }

  #stack(wanted: ReadonlySet<AdapterHandle>): void {
    const missing = [...wanted].filter((adapter) => !this.#starts.has(adapter));
    if (missing.length === 0) return;
    const ranks = ranksOf(missing) + this.#ranks;
    if (ranks <= Math.max(keptRanks, ranksOf(wanted))) this.#append(missing);
    else this.#restack([...wanted]);
  }

  #restack(adapters: readonly AdapterHandle[] = []): void {
    this.#starts.clear();
    this.#ranks = 0;
    this.#append(adapters);
  }

  #append(adapters: readonly AdapterHandle[]): void {
    const from = this.#ranks;
    this.#reserve(from + ranksOf(adapters));
    for (const adapter of adapters) {
      this.#starts.set(adapter, this.#ranks);
      this.#ranks += adapter.rank;
    }
    const tensors: Record<string, HostTensor> = {};
    for (const layer of this.#layers) {
      const names = stackNames(layer.name);
      for (const [part, width] of [['a', layer.in] as const, ['b', layer.out] as const]) {
        const stack = this.#stacks.get(names[part]) as Float32Array;
        for (const adapter of adapters) {
          const at = (this.#starts.get(adapter) as number) * width;
          const matrix = this.#held.get(adapter)?.matrices.get(layer.name)?.[part];
          if (matrix === undefined) stack.fill(0, at, at + adapter.rank * width);
          else stack.set(matrix, at);
        }
        tensors[names[part]] = float32(stack.subarray(0, this.#ranks * width), [this.#ranks, width]);
      }
    }
    this.#tensors = tensors;
  }

  #reserve(ranks: number): void {
    if (ranks <= this.#room && this.#stacks.size > 0) return;
    this.#room = Math.max(ranks, 2 * this.#room);
    for (const layer of this.#layers) {
      const names = stackNames(layer.name);
      for (const [name, width] of [[names.a, layer.in] as const, [names.b, layer.out] as const]) {
        const grown = new Float32Array(this.#room * width);
        grown.set(this.#stacks.get(name)?.subarray(0, this.#ranks * width) ?? []);
        this.#stacks.set(name, grown);
      }
    }
  }
}

function ranksOf(adapters: Iterable<AdapterHandle>): number {
  let sum = 0;
  for (const { rank } of adapters) sum += rank;
  return sum;
}

function transposed({ data, shape }: HostTensor): Float32Array {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = data[row * columns + column] as number;
  }
  return result;
}
