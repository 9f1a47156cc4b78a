// A server's side of the serving thread: requests go in, events come out, and nobody waits for a model's arithmetic.
import { Worker } from 'node:worker_threads';
import { ResourceError } from '../../core/index.ts';
import type { TextEvent } from '../chat/text-event.ts';
import type { FinishedText } from '../engine/engine-metrics.ts';
import type { ModelChoice, ModelSnapshot } from '../pool/index.ts';
import { EventQueue } from './event-queue.ts';
import type { FromThread, ThreadOptions, ThreadRequest, ToThread } from './messages.ts';
import { receiveError } from './sent-error.ts';

export type ServingHostOptions = ThreadOptions & {
  /** Told of each text that has ended. */
  readonly onFinish?: (text: FinishedText & { readonly base: string }) => void;
};

type Question = { readonly resolve: (models: readonly ModelSnapshot[]) => void };

/** The models of a server, in a thread of their own. It is started by the first text, and again after one that broke down. */
export class ServingHost implements AsyncDisposable {
  readonly #options: ThreadOptions;
  readonly #onFinish: ServingHostOptions['onFinish'];
  readonly #texts = new Map<number, EventQueue>();
  readonly #questions = new Map<number, Question>();
  #thread: Worker | undefined;
  #isDraining = false;
  #last = 0;

  constructor({ onFinish, ...options }: ServingHostOptions = {}) {
    this.#options = options;
    this.#onFinish = onFinish;
  }

  /**
   * Writes one text; resolves once its first event is known. Leaving the events early stops the writing.
   * @throws InputError for what cannot be honoured, BusyError where there is no room now, the signal's reason
   */
  async generate(
    choice: ModelChoice,
    request: ThreadRequest,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<TextEvent, void, undefined>> {
    signal?.throwIfAborted();
    const id = ++this.#last;
    const queue = new EventQueue(() => this.#say({ type: 'cancel', id }));
    this.#texts.set(id, queue);
    const abort = () => queue.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    queue.onEnd = () => {
      signal?.removeEventListener('abort', abort);
      this.#texts.delete(id);
    };
    this.#started().postMessage({ type: 'generate', id, choice, request } satisfies ToThread);
    await queue.begun;
    return queue.events();
  }

  /** Each loaded model; nothing before the first text. */
  async snapshot(): Promise<readonly ModelSnapshot[]> {
    return this.#thread === undefined ? [] : await this.#ask('snapshot');
  }

  /** Takes no more texts; done when those under way have ended. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#thread !== undefined) await this.#ask('drain');
  }

  /** Ends the texts under way and gives all memory back. */
  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    this.#say({ type: 'close' });
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ask(type: 'snapshot' | 'drain'): Promise<readonly ModelSnapshot[]> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#questions.set(id, { resolve });
      this.#say({ type, id });
    });
  }

  #say(message: ToThread): void {
    this.#thread?.postMessage(message);
  }

  #started(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const file = `./serving-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
    const thread = new Worker(new URL(file, import.meta.url), { workerData: this.#options });
    thread.on('message', (message: FromThread) => this.#hear(message));
    let cause: unknown;
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('exit', () => this.#lose(thread, cause));
    this.#thread = thread;
    // One that drains stays so, whichever thread it has
    if (this.#isDraining) this.#say({ type: 'drain', id: 0 });
    return thread;
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'event':
        this.#texts.get(message.id)?.push(message.event);
        break;
      case 'ended':
        this.#texts.get(message.id)?.end();
        break;
      case 'failed':
        this.#texts.get(message.id)?.fail(receiveError(message.error));
        break;
      case 'answer':
        this.#questions.get(message.id)?.resolve(message.models);
        this.#questions.delete(message.id);
        break;
      default:
        this.#onFinish?.(message.text);
    }
  }

  #lose(thread: Worker, cause: unknown): void {
    if (this.#thread === thread) this.#thread = undefined;
    const error = new ResourceError('Cannot answer: the thread of the models has ended; ask again', {
      cause,
    });
    for (const queue of [...this.#texts.values()]) queue.fail(error);
    for (const { resolve } of this.#questions.values()) resolve([]);
    this.#questions.clear();
  }
}
