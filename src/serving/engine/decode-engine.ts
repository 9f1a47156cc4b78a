// Continuous batching: texts enter free slots at every step, all of them move on together, each leaves when it is done.
import { BusyError, InterruptedError, ResourceError, StateError } from '../../core/index.ts';
import {
  EngineCounters,
  type EngineSnapshot,
  type FinishedText,
  finishedText,
  type Outcome,
} from './engine-metrics.ts';
import { sharePrefill } from './prefill-share.ts';
import { PrefixCache, pageTokens } from './prefix-cache.ts';
import { Sequence } from './sequence.ts';
import type { AdapterHandle, SlotRunner } from './slot-runner.ts';
import { commonLength, SlotTable } from './slot-table.ts';
import { Throughput } from './throughput.ts';
import type { TokenRequest } from './token-request.ts';
import type { TokenStream } from './token-stream.ts';

/** Tokens that another text is just running are waited for from so many on. */
const worthWaiting = 2 * pageTokens;

/** How an engine works. */
export type DecodeEngineOptions = {
  /** Texts that may wait for a slot, 64 by default; further ones are turned away. */
  readonly queueLimit?: number;
  /** Tokens of prompts in one pass, 256 by default: running texts wait no longer than that for their next token. */
  readonly prefillTokens?: number;
  /** Memory for keys and values of known beginnings, 256 MiB by default; 0 keeps none. */
  readonly prefixCacheBytes?: number;
  /** Told of each text that has ended. */
  readonly onFinish?: (text: FinishedText) => void;
  /** A clock, in milliseconds. */
  readonly now?: () => number;
};

/** Answers any number of requests at once over one loaded model. */
export class DecodeEngine implements AsyncDisposable {
  readonly #runner: SlotRunner;
  readonly #options: Required<DecodeEngineOptions>;
  readonly #slots: SlotTable;
  readonly #prefixes: PrefixCache;
  readonly #throughput: Throughput;
  readonly #counters = new EngineCounters();
  readonly #adapters = new Set<AdapterHandle>();
  /** To be unloaded as soon as no pass is under way. */
  readonly #unloading: AdapterHandle[] = [];
  /** By arrival. */
  #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  #work: Promise<void> | undefined;
  #state: 'open' | 'draining' | 'closed' = 'open';

  /** @param runner belongs to the engine from now on */
  constructor(runner: SlotRunner, options: DecodeEngineOptions = {}) {
    this.#runner = runner;
    this.#options = {
      queueLimit: 64,
      prefillTokens: 256,
      prefixCacheBytes: 256 * 2 ** 20,
      onFinish: () => undefined,
      now: () => performance.now(),
      ...options,
    };
    this.#slots = new SlotTable(runner.slots);
    this.#prefixes = new PrefixCache(this.#options.prefixCacheBytes);
    this.#throughput = new Throughput(runner.slots);
  }

  /** The longest sequence, prompt and answer together. */
  get capacity(): number {
    return this.#runner.capacity;
  }

  get vocabSize(): number {
    return this.#runner.vocabSize;
  }

  /**
   * Writes one text. It is the same whichever others are written beside it, up to rounding in the seventh digit of the scores.
   * The text is written whether its events are read or not; it ends early by its signal, or when its reader leaves the loop.
   * @throws InputError for a request that the model cannot take
   * @throws BusyError when the queue is full, or the engine takes no more
   */
  generate(request: TokenRequest): TokenStream {
    request.signal?.throwIfAborted();
    const sequence = new Sequence(request, this.#runner, {
      now: this.#options.now(),
      onLeave: (left) => this.#end(left, 'done'),
    });
    this.#checkAdapter(request.adapter);
    this.#checkRoom();
    this.#waiting.push(sequence);
    sequence.watch(() => this.#end(sequence, 'cancelled', { error: request.signal?.reason }));
    this.#work ??= this.#run();
    return sequence.stream;
  }

  /** Reads an adapter into memory for requests to name. @throws InputError where it does not fit the model */
  async loadAdapter(name: string, directory: string): Promise<AdapterHandle> {
    const adapter = await this.#runner.loadAdapter(name, directory);
    this.#adapters.add(adapter);
    return adapter;
  }

  /** Gives an adapter's memory back, and what is known of texts under it. No text may be using it. */
  unloadAdapter(adapter: AdapterHandle): void {
    if (!this.#adapters.delete(adapter)) return;
    this.#unloading.push(adapter);
    if (this.#work === undefined) this.#unload();
  }

  snapshot(): EngineSnapshot {
    const { texts, ...counters } = this.#counters;
    return {
      slots: this.#runner.slots,
      running: this.#running.length,
      queued: this.#waiting.length,
      queueLimit: this.#options.queueLimit,
      texts: { ...texts },
      ...counters,
      prefixCache: this.#prefixes.size,
    };
  }

  /** Takes no more requests; done when those under way are. */
  async drain(): Promise<void> {
    if (this.#state === 'open') this.#state = 'draining';
    await this.#work;
  }

  /** Takes no more requests, ends those under way and gives the model's memory back. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return this.#work;
    this.#state = 'closed';
    const error = new InterruptedError('Cannot finish the text: the model is being closed; ask again');
    for (const sequence of [...this.#waiting, ...this.#running]) this.#end(sequence, 'failed', { error });
    await this.#work;
    await this.#runner[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkAdapter(adapter: AdapterHandle | undefined): void {
    if (adapter === undefined || this.#adapters.has(adapter)) return;
    throw new StateError(
      `Cannot generate with the adapter '${adapter.name}': it is not loaded here; load it first`,
    );
  }

  #checkRoom(): void {
    const { queueLimit } = this.#options;
    const queued = this.#waiting.length;
    const retryAfterMs = this.#throughput.retryAfterMs(queued);
    if (this.#state !== 'open')
      throw new BusyError('Cannot take the request: the model is being closed; try again', retryAfterMs);
    if (queued < queueLimit + this.#slots.free) return;
    throw new BusyError(
      `Cannot take the request: ${queueLimit} texts wait already, which is the limit; try again later`,
      retryAfterMs,
    );
  }

  async #run(): Promise<void> {
    // Requests that are made together shall enter together
    await Promise.resolve();
    while (this.#waiting.length + this.#running.length > 0) {
      await this.#step().catch((cause: unknown) => this.#failRunning(cause));
    }
    this.#work = undefined;
    this.#unload();
  }

  async #step(): Promise<void> {
    this.#unload();
    this.#admit();
    await this.#prefill();
    await this.#pass(this.#running.filter((each) => each.decoding).map((each) => [each, 1]));
  }

  /** Nobody knows what the slots hold now; those who wait are not concerned. */
  #failRunning(cause: unknown): void {
    const error = new ResourceError('Cannot go on with the text: the model failed; ask again', { cause });
    for (const sequence of this.#running) this.#end(sequence, 'failed', { error });
  }

  #unload(): void {
    for (const adapter of this.#unloading.splice(0)) {
      this.#slots.forget(adapter);
      this.#prefixes.forget(adapter);
      this.#runner.unloadAdapter(adapter);
    }
  }

  /** Gives free slots to those who wait longest. */
  #admit(): void {
    for (const sequence of this.#waiting) {
      if (this.#slots.free === 0) break;
      if (!this.#soonKnown(sequence)) this.#enter(sequence);
    }
    this.#waiting = this.#waiting.filter(({ slot }) => slot === undefined);
  }

  /** Whether another text is running what this one begins with: it need not be run twice. */
  #soonKnown({ request: { prompt, adapter } }: Sequence): boolean {
    if (this.#options.prefixCacheBytes === 0) return false;
    const ahead = this.#running
      .filter((other) => !other.decoding && other.request.adapter === adapter)
      .map((other) => ({ taken: other.taken, shared: commonLength(other.request.prompt, prompt) }))
      .filter(({ taken, shared }) => shared >= worthWaiting && shared > taken);
    if (ahead.length === 0) return false;
    const known = this.#prefixes.knownTokens(prompt, adapter);
    return ahead.some(({ shared }) => shared - known >= worthWaiting);
  }

  #enter(sequence: Sequence): void {
    const { prompt, adapter } = sequence.request;
    const place = this.#slots.take({ tokens: prompt, adapter });
    if (place === undefined) return;
    this.#running.push(sequence);
    sequence.slot = place.slot;
    sequence.times.started = this.#options.now();
    sequence.cached = this.#reuse(sequence, place.kept);
    sequence.taken = sequence.cached;
    this.#counters.countLookup(sequence.cached);
  }

  /** Puts the known beginning of a prompt into its slot. Returns its length: all but the last token at most, whose scores are wanted. */
  #reuse({ request: { prompt, adapter }, slot }: Sequence, kept: number): number {
    const blocks = this.#prefixes.find(prompt, adapter);
    for (let page = Math.floor(kept / pageTokens); page < blocks.length; page++)
      this.#runner.write(slot as number, page * pageTokens, blocks[page] as Float32Array);
    return Math.min(Math.max(kept, blocks.length * pageTokens), prompt.length - 1);
  }

  async #prefill(): Promise<void> {
    const prompts = this.#running.filter((each) => !each.decoding);
    const shares = sharePrefill(
      prompts.map((each) => each.ahead),
      this.#options.prefillTokens,
    );
    await this.#pass(prompts.map((each, i) => [each, shares[i] as number] as const).filter(([, n]) => n > 0));
  }

  /** Runs so many tokens of each sequence. */
  async #pass(parts: readonly (readonly [Sequence, number])[]): Promise<void> {
    if (parts.length === 0) return;
    const scores = await this.#runner.run(parts.map(([sequence, count]) => sequence.piece(count)));
    for (const [i, [sequence, count]] of parts.entries()) {
      // Its caller may have left meanwhile, and what it has run is in no one's way
      if (!sequence.ended) this.#advance(sequence, count, scores[i] as Float32Array);
    }
  }

  #advance(sequence: Sequence, count: number, scores: Float32Array): void {
    sequence.taken += count;
    const first = !sequence.decoding;
    if (first) {
      this.#counters.promptTokens += count;
      this.#remember(sequence);
    }
    if (sequence.ahead > 0) return;
    try {
      const event = sequence.choose(scores);
      this.#counters.newTokens++;
      if (first) sequence.times.firstToken = this.#options.now();
      sequence.stream.push(event);
      if (event.finish === undefined) return;
      this.#remember(sequence);
      this.#end(sequence, 'done');
    } catch (error) {
      this.#end(sequence, 'failed', { error });
    }
  }

  #remember({ takenTokens, request, slot }: Sequence): void {
    this.#prefixes.store(takenTokens, request.adapter, (start) =>
      this.#runner.read(slot as number, start, pageTokens),
    );
  }

  /** Ends a text, wherever it stands; its slot is free at once. */
  #end(sequence: Sequence, outcome: Outcome, ending: { readonly error?: unknown } = {}): void {
    if (sequence.ended) return;
    sequence.ended = true;
    sequence.unwatch();
    this.#waiting = this.#waiting.filter((each) => each !== sequence);
    this.#running = this.#running.filter((each) => each !== sequence);
    const now = this.#options.now();
    this.#release(sequence, outcome, now);
    sequence.stream.end(ending, { unread: outcome === 'cancelled' ? 'forgotten' : 'kept' });
    this.#counters.texts[outcome]++;
    this.#options.onFinish(finishedText(sequence, outcome, now));
  }

  #release({ slot, takenTokens, request, times }: Sequence, outcome: Outcome, now: number): void {
    if (slot === undefined) return;
    const held = { tokens: takenTokens, adapter: request.adapter };
    this.#slots.release(slot, outcome === 'failed' ? undefined : held);
    if (outcome === 'done') this.#throughput.add(now - (times.started ?? now));
  }
}
