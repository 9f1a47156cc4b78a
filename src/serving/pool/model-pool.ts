// Base models and their adapters by directory: loaded on demand, shared by all requests, dropped when idle and room is needed.
import { BusyError } from '../../core/index.ts';
import { openModel } from '../../models/index.ts';
import { DecodeEngine, type DecodeEngineOptions } from '../engine/decode-engine.ts';
import type { EngineSnapshot, FinishedText } from '../engine/engine-metrics.ts';
import type { AdapterHandle, SlotRunner } from '../engine/slot-runner.ts';
import { openRunner, type RunnerOptions } from '../model/index.ts';
import { readModelText } from './model-text.ts';
import { type AdapterLimits, type AdapterSource, ServedModel } from './served-model.ts';
import { type Loader, type Loan, Shelf, type ShelfEvent } from './shelf.ts';

/** What a request runs on: a base model by its directory, and an adapter over it. */
export type ModelChoice = { readonly base: string; readonly adapter?: AdapterSource };

/** A model that stays loaded until it is given back. */
export type ModelLease = {
  readonly model: ServedModel;
  /** To be named in requests. */
  readonly adapter?: AdapterHandle;
  /** Once the last text of the request has ended. Further calls do nothing. */
  release(): void;
};

/** A model or an adapter was loaded or dropped. */
export type PoolEvent = ShelfEvent & { readonly kind: 'model' | 'adapter' };

/** How a pool works. */
export type ModelPoolOptions = AdapterLimits & {
  /** Slots, length and precision of every model. */
  readonly runner?: RunnerOptions;
  /** Loads a model; by default onto this machine's processor. */
  readonly openRunner?: (directory: string, options: RunnerOptions) => Promise<SlotRunner>;
  /** Models in memory at most, 4 by default. */
  readonly maxModels?: number;
  /** Their weights, keys and values, in bytes; not limited by default. */
  readonly maxModelBytes?: number;
  readonly engine?: Omit<DecodeEngineOptions, 'onFinish' | 'now'>;
  readonly onEvent?: (event: PoolEvent) => void;
  /** Told of each text that has ended. */
  readonly onFinish?: (text: FinishedText & { readonly base: string }) => void;
};

/** A loaded model at this moment. */
export type ModelSnapshot = EngineSnapshot & {
  readonly base: string;
  readonly adapters: number;
  readonly adapterBytes: number;
};

/** Lends loaded models and adapters to requests; each is loaded once, and dropped only while no request has it. */
export class ModelPool implements AsyncDisposable {
  readonly #options: ModelPoolOptions;
  readonly #models: Shelf<ServedModel>;
  /** Those that requests run on, with their directories. */
  readonly #loaded = new Map<ServedModel, string>();
  #leases = 0;
  #open = true;
  #onIdle: (() => void)[] = [];

  constructor(options: ModelPoolOptions = {}) {
    this.#options = options;
    this.#models = new Shelf({
      what: 'model',
      maxCount: options.maxModels ?? 4,
      maxBytes: options.maxModelBytes ?? Number.POSITIVE_INFINITY,
      close: (model) => this.#close(model),
      onEvent: (event) => options.onEvent?.({ kind: 'model', ...event }),
    });
  }

  /**
   * Lends a model, loaded if it is not.
   * @throws InputError where it cannot be loaded, BusyError where there is no room now or the pool is draining
   */
  async acquire({ base, adapter }: ModelChoice, signal?: AbortSignal): Promise<ModelLease> {
    if (!this.#open)
      throw new BusyError('Cannot take the request: the server is shutting down; try again', 1000);
    this.#leases++;
    try {
      const model = await this.#models.acquire(base, this.#loader(base), signal);
      try {
        const over = adapter && (await model.value.acquireAdapter(adapter, signal));
        return this.#lease(model, over);
      } catch (error) {
        model.release();
        throw error;
      }
    } catch (error) {
      this.#giveBack();
      throw error;
    }
  }

  /**
   * Puts one model in another's place without a gap: `next` is loaded first, then requests under way end on the old one,
   * which goes with the last of them. By default the directory itself, read anew. If that fails, the old one stays.
   */
  async replace(base: string, next: string = base): Promise<void> {
    if (base === next) return await this.#models.replace(base, this.#loader(base));
    const { release } = await this.#models.acquire(next, this.#loader(next));
    release();
    this.#models.retire(base);
  }

  /** New requests read the adapter's directory, or the model's where none is named, anew; those under way go on with what they have. */
  retire({ base, adapter }: ModelChoice): void {
    if (adapter === undefined) this.#models.retire(base);
    else for (const model of this.#modelsOf(base)) model.retireAdapter(adapter.directory);
  }

  /** Each loaded model; one that is being replaced appears twice. */
  snapshot(): readonly ModelSnapshot[] {
    return [...this.#loaded].map(([{ engine, adapters }, base]) => ({
      ...{ base, adapters: adapters.count, adapterBytes: adapters.bytes },
      ...engine.snapshot(),
    }));
  }

  /** Takes no more requests; done when all leases are back. */
  async drain(): Promise<void> {
    this.#open = false;
    if (this.#leases > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Takes no more requests, ends those under way and gives all memory back. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#models.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #modelsOf(base: string): ServedModel[] {
    return [...this.#loaded].filter(([, directory]) => directory === base).map(([model]) => model);
  }

  #lease(model: Loan<ServedModel>, adapter: Loan<AdapterHandle> | undefined): ModelLease {
    let out = true;
    const release = () => {
      if (!out) return;
      out = false;
      adapter?.release();
      model.release();
      this.#giveBack();
    };
    return { model: model.value, ...(adapter && { adapter: adapter.value }), release };
  }

  #giveBack(): void {
    this.#leases--;
    if (this.#leases === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #loader(base: string): Loader<ServedModel> {
    const {
      runner: sizes = {},
      openRunner: open = openRunner,
      onEvent,
      onFinish,
      engine,
      ...limits
    } = this.#options;
    let weights = 0;
    return {
      measure: async () => {
        weights = await weightBytes(base);
        return weights;
      },
      load: async () => {
        const text = await readModelText(base);
        const runner = await open(base, sizes);
        const decoder = new DecodeEngine(runner, {
          ...engine,
          onFinish: (finished) => onFinish?.({ ...finished, base }),
        });
        const value = new ServedModel(decoder, text, {
          ...limits,
          onEvent: (event) => onEvent?.({ kind: 'adapter', ...event }),
        });
        this.#loaded.set(value, base);
        return { value, bytes: weights + runner.slots * runner.capacity * runner.bytesPerPlace };
      },
    };
  }

  async #close(model: ServedModel): Promise<void> {
    this.#loaded.delete(model);
    await model.close();
  }
}

/** Bytes of a model's weights as float32. */
async function weightBytes(directory: string): Promise<number> {
  const opened = await openModel(directory);
  await opened.close();
  const sizes = opened.model.parameters.map(({ shape }) => shape.reduce((size, dim) => size * dim, 4));
  return sizes.reduce((sum, size) => sum + size, 0);
}
