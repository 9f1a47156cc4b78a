// Things that are costly to load, kept while there is room: loaded once however many ask, lent out, dropped when idle.
import { BusyError, ResourceError } from '../../core/index.ts';

/** How one thing is loaded. */
export type Loader<Value> = {
  /** Bytes that it is going to take, as far as can be told before. */
  measure(): Promise<number>;
  /** The thing, and the bytes that it takes. */
  load(): Promise<{ readonly value: Value; readonly bytes: number }>;
};

/** A thing that stays loaded until it is given back. */
export type Loan<Value> = { readonly value: Value; release(): void };

/** What happens on a shelf. */
export type ShelfEvent = {
  readonly type: 'loaded' | 'failed' | 'dropped';
  readonly directory: string;
  readonly bytes: number;
  /** Time that loading took; 0 for what is dropped. */
  readonly milliseconds: number;
};

/** How a shelf works. */
export type ShelfOptions<Value> = {
  /** What one of them is called in errors: 'model'. */
  readonly what: string;
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly close: (value: Value) => void | Promise<void>;
  readonly onEvent?: ((event: ShelfEvent) => void) | undefined;
};

type Entry<Value> = {
  readonly directory: string;
  readonly value: Promise<Value>;
  bytes: number;
  /** Those who have it or wait for it. */
  uses: number;
  /** `waiting` for room; from `loading` on it takes memory. */
  state: 'waiting' | 'loading' | 'loaded' | 'closing';
  /** No one else gets it; it goes with its last user. */
  retired: boolean;
};

/** Loading frees no memory for a while, so that asking again at once is no use. */
const retryAfterMs = 1000;

export class Shelf<Value> {
  readonly #options: ShelfOptions<Value>;
  /** All that takes memory, what was asked for longest ago first. */
  readonly #entries = new Set<Entry<Value>>();
  /** What those who ask get, by directory. */
  readonly #current = new Map<string, Entry<Value>>();
  readonly #closing = new Set<Promise<void>>();

  constructor(options: ShelfOptions<Value>) {
    this.#options = options;
  }

  get count(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return sum([...this.#entries].map(({ bytes }) => bytes));
  }

  /** Loans that are out, and those who wait for one. */
  get uses(): number {
    return sum([...this.#entries].map(({ uses }) => uses));
  }

  /** What is loaded and will be lent again, what was asked for last at the end. */
  get directories(): readonly string[] {
    return [...this.#entries].filter((entry) => this.#lends(entry)).map(({ directory }) => directory);
  }

  /**
   * Lends what lies in a directory, loaded if it is not.
   * @param signal gives up waiting; others may wait for the same load
   * @throws BusyError where all that could be dropped for it is in use, ResourceError where it can never fit
   */
  async acquire(directory: string, loader: Loader<Value>, signal?: AbortSignal): Promise<Loan<Value>> {
    signal?.throwIfAborted();
    const entry = this.#current.get(directory) ?? this.#open(directory, loader);
    this.#current.set(directory, entry);
    return await this.#lend(entry, signal);
  }

  /** Loads a directory anew, whatever is held of it, and lends the new one from then on; loans that are out keep the old one. */
  async replace(directory: string, loader: Loader<Value>): Promise<void> {
    const old = this.#current.get(directory);
    const entry = this.#open(directory, loader, old);
    const { release } = await this.#lend(entry);
    this.retire(directory);
    this.#current.set(directory, entry);
    release();
  }

  /** Lends what is held of a directory to no one else; it goes when all loans of it are back. */
  retire(directory: string): void {
    const entry = this.#current.get(directory);
    if (entry === undefined) return;
    this.#current.delete(directory);
    entry.retired = true;
    this.#closeIdle(entry);
  }

  /** Drops all, whoever has it. */
  async close(): Promise<void> {
    for (const entry of this.#entries) {
      entry.retired = true;
      await entry.value.catch(() => undefined);
      this.#close(entry);
    }
    this.#current.clear();
    await Promise.all(this.#closing);
  }

  #lends(entry: Entry<Value>): boolean {
    return entry.state === 'loaded' && this.#current.get(entry.directory) === entry;
  }

  /** @param replaced does not count: it is about to go */
  #open(directory: string, loader: Loader<Value>, replaced?: Entry<Value>): Entry<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const entry: Entry<Value> = {
      ...{ directory, value: promise, bytes: 0, uses: 0 },
      ...{ state: 'waiting', retired: false },
    };
    this.#entries.add(entry);
    this.#load(entry, loader, replaced).then(resolve, (error: unknown) => {
      this.#forget(entry);
      reject(error);
    });
    // Those who wait hear of it; when all have left, no one needs to
    promise.catch(() => undefined);
    return entry;
  }

  async #load(entry: Entry<Value>, loader: Loader<Value>, replaced?: Entry<Value>): Promise<Value> {
    const begin = performance.now();
    const tell = (type: 'loaded' | 'failed') => {
      const { directory, bytes } = entry;
      this.#options.onEvent?.({ type, directory, bytes, milliseconds: performance.now() - begin });
    };
    try {
      await this.#makeRoom(entry, await loader.measure(), replaced);
      const { value, bytes } = await loader.load();
      entry.bytes = bytes;
      entry.state = 'loaded';
      tell('loaded');
      return value;
    } catch (error) {
      tell('failed');
      throw error;
    }
  }

  /** Drops what is idle, longest unasked first, until there is room, and takes it. */
  async #makeRoom(entry: Entry<Value>, bytes: number, replaced?: Entry<Value>): Promise<void> {
    const { what, maxBytes, maxCount } = this.#options;
    if (bytes > maxBytes)
      throw new ResourceError(
        `Cannot load the ${what} '${entry.directory}': it takes ${bytes} bytes, ${maxBytes} are allowed; raise the limit`,
      );
    const fits = () => {
      const others = [...this.#entries].filter(({ state }) => state !== 'waiting');
      const counted = others.filter((each) => each !== replaced && !each.retired);
      return counted.length < maxCount && sum(others.map((each) => each.bytes)) + bytes <= maxBytes;
    };
    while (!fits()) {
      const idle = [...this.#entries].find((each) => each.uses === 0 && each.state === 'loaded');
      if (idle !== undefined) this.#close(idle);
      else if (this.#closing.size === 0)
        throw new BusyError(
          `Cannot load the ${what} '${entry.directory}': all that are loaded are in use; try again later`,
          retryAfterMs,
        );
      await Promise.race(this.#closing);
    }
    entry.bytes = bytes;
    entry.state = 'loading';
  }

  async #lend(entry: Entry<Value>, signal?: AbortSignal): Promise<Loan<Value>> {
    entry.uses++;
    this.#entries.delete(entry);
    this.#entries.add(entry);
    let out = true;
    const release = () => {
      if (!out) return;
      out = false;
      entry.uses--;
      this.#closeIdle(entry);
    };
    try {
      return { value: await unlessAborted(entry.value, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #closeIdle(entry: Entry<Value>): void {
    if (entry.retired && entry.uses === 0 && entry.state === 'loaded') this.#close(entry);
  }

  /** Its memory counts until it is given back. */
  #close(entry: Entry<Value>): void {
    if (entry.state !== 'loaded') return;
    entry.state = 'closing';
    if (this.#current.get(entry.directory) === entry) this.#current.delete(entry.directory);
    const { directory, bytes } = entry;
    const closing = entry.value
      .then(this.#options.close)
      .catch(() => undefined)
      .then(() => {
        this.#forget(entry);
        this.#closing.delete(closing);
        this.#options.onEvent?.({ type: 'dropped', directory, bytes, milliseconds: 0 });
      });
    this.#closing.add(closing);
  }

  #forget(entry: Entry<Value>): void {
    this.#entries.delete(entry);
    if (this.#current.get(entry.directory) === entry) this.#current.delete(entry.directory);
  }
}

/** Rejects as soon as the signal aborts; what is waited for goes on. */
async function unlessAborted<Value>(waited: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await waited;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([waited, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
