// A loaded base model with its engine, its text side and the adapters over it.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '../../text/index.ts';
import type { TextModel } from '../chat/index.ts';
import type { DecodeEngine } from '../engine/decode-engine.ts';
import type { AdapterHandle } from '../engine/slot-runner.ts';
import type { TokenRequest } from '../engine/token-request.ts';
import type { TokenStream } from '../engine/token-stream.ts';
import type { ModelText } from './model-text.ts';
import { type Loader, type Loan, Shelf, type ShelfEvent } from './shelf.ts';

/** What a request asks an adapter by: the name is for reports, the directory says which. */
export type AdapterSource = { readonly name: string; readonly directory: string };

/** Room for adapters over one base model. */
export type AdapterLimits = {
  /** 256 by default. */
  readonly maxAdapters?: number;
  /** 1 GiB by default. */
  readonly maxAdapterBytes?: number;
};

/** How a model is served. */
export type ServedModelOptions = AdapterLimits & { readonly onEvent?: (event: ShelfEvent) => void };

/** One loaded base model, as chat and completions use it. */
export class ServedModel implements TextModel {
  readonly engine: DecodeEngine;
  readonly stopTokens: ReadonlySet<number>;
  readonly recommended: TextModel['recommended'];
  readonly #text: ModelText;
  readonly #adapters: Shelf<AdapterHandle>;

  constructor(engine: DecodeEngine, text: ModelText, options: ServedModelOptions = {}) {
    this.engine = engine;
    this.#text = text;
    this.stopTokens = new Set(text.stopTokens);
    // A model that says not to be sampled says no temperature
    this.recommended = { temperature: 0, ...text.recommended };
    this.#adapters = new Shelf({
      what: 'adapter',
      maxCount: options.maxAdapters ?? 256,
      maxBytes: options.maxAdapterBytes ?? 2 ** 30,
      close: (adapter) => engine.unloadAdapter(adapter),
      onEvent: options.onEvent,
    });
  }

  get tokenizer(): Tokenizer {
    return this.#text.tokenizer;
  }

  get vocabSize(): number {
    return this.engine.vocabSize;
  }

  get maxLength(): number {
    return this.engine.capacity;
  }

  /** Adapters in memory and what they take. */
  get adapters(): {
    readonly count: number;
    readonly bytes: number;
    readonly directories: readonly string[];
  } {
    const { count, bytes, directories } = this.#adapters;
    return { count, bytes, directories };
  }

  generate(request: TokenRequest): TokenStream {
    return this.engine.generate(request);
  }

  /** Lends an adapter, loaded if it is not. */
  acquireAdapter({ name, directory }: AdapterSource, signal?: AbortSignal): Promise<Loan<AdapterHandle>> {
    const loader: Loader<AdapterHandle> = {
      measure: async () =>
        (await stat(join(directory, 'adapter_model.safetensors')).catch(() => undefined))?.size ?? 0,
      load: async () => {
        const value = await this.engine.loadAdapter(name, directory);
        return { value, bytes: value.bytes };
      },
    };
    return this.#adapters.acquire(directory, loader, signal);
  }

  /** The next request for this directory reads it anew; those under way go on with what they have. */
  retireAdapter(directory: string): void {
    this.#adapters.retire(directory);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}
