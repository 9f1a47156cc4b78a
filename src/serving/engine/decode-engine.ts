// Continuous batching: texts enter free slots at every step, all of them move on together, each leaves when it is done.
import { BusyError, InterruptedError, ResourceError, StateError } from '../../core/index.ts';
import {
  EngineCounters,
  type EngineSnapshot,
  type FinishedText,
  finishedText,
  type Outcome,
} from './engine-metrics.ts';
import { Placement } from './placement.ts';
import { sharePrefill } from './prefill-share.ts';
import { Sequence } from './sequence.ts';
import type { AdapterHandle, SlotRunner } from './slot-runner.ts';
import { Throughput } from './throughput.ts';
import type { TokenRequest } from './token-request.ts';
import type { TokenStream } from './token-stream.ts';

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
  readonly #placement: Placement;
  readonly #throughput: Throughput;
  readonly #counters = new EngineCounters();
  readonly #adapters = new Set<AdapterHandle>();
  /** To be unloaded as soon as no pass is under way. */
  readonly #unloading: AdapterHandle[] = [];
  /** By arrival. */
  #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  #work: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
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
    this.#placement = new Placement(runner, this.#options.prefixCacheBytes);
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
    if (!this.#adapters.delete(adapter) || this.#state === 'closed') return;
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
      prefixCache: this.#placement.prefixCache,
    };
  }

  /** Takes no more requests; done when those under way are. */
  async drain(): Promise<void> {
    if (this.#state === 'open') this.#state = 'draining';
    await this.#work;
  }

  /** Takes no more requests, ends those under way and gives the model's memory back. */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    const error = new InterruptedError('Cannot finish the text: the model is being closed; ask again');
    for (const sequence of [...this.#waiting, ...this.#running]) this.#end(sequence, 'failed', { error });
    await this.#work;
    await this.#runner[Symbol.asyncDispose]();
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
    if (queued < queueLimit + this.#placement.free) return;
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
      this.#placement.forget(adapter);
      this.#runner.unloadAdapter(adapter);
    }
  }

  /** Gives free slots to those who wait longest. */
  #admit(): void {
    for (const sequence of this.#waiting) {
      if (this.#placement.free === 0) break;
      if (!this.#placement.soonKnown(sequence, this.#running)) this.#enter(sequence);
    }
    this.#waiting = this.#waiting.filter(({ slot }) => slot === undefined);
  }

  #enter(sequence: Sequence): void {
    this.#running.push(sequence);
    this.#placement.place(sequence);
    sequence.times.started = this.#options.now();
    this.#counters.countLookup(sequence.cached);
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
      this.#placement.remember(sequence);
    }
    if (sequence.ahead > 0) return;
    try {
      const event = sequence.choose(scores);
      this.#counters.newTokens++;
      if (first) sequence.times.firstToken = this.#options.now();
      sequence.stream.push(event);
      if (event.finish === undefined) return;
      this.#placement.remember(sequence);
      this.#end(sequence, 'done');
    } catch (error) {
      this.#end(sequence, 'failed', { error });
    }
  }

  /** Ends a text, wherever it stands; its slot is free at once. */
  #end(sequence: Sequence, outcome: Outcome, ending: { readonly error?: unknown } = {}): void {
    if (sequence.ended) return;
    sequence.ended = true;
    sequence.unwatch();
    this.#waiting = this.#waiting.filter((each) => each !== sequence);
    this.#running = this.#running.filter((each) => each !== sequence);
    const now = this.#options.now();
    this.#placement.release(sequence, { holds: outcome !== 'failed' });
    const { started } = sequence.times;
    if (outcome === 'done' && started !== undefined) this.#throughput.add(now - started);
    sequence.stream.end(ending, { unread: outcome === 'cancelled' ? 'forgotten' : 'kept' });
    this.#counters.texts[outcome]++;
    this.#options.onFinish(finishedText(sequence, outcome, now));
  }
}
