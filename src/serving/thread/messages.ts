// What a server and its serving thread say to each other; all of it is copied from one to the other.
import type { TextEvent } from '../chat/text-event.ts';
import type { TextRequest } from '../chat/text-request.ts';
import type { FinishedText } from '../engine/engine-metrics.ts';
import type { ModelChoice, ModelPoolOptions, ModelSnapshot } from '../pool/index.ts';
import type { SentError } from './sent-error.ts';

/** How the thread's pool works: what can be copied of its options. */
export type ThreadOptions = Omit<ModelPoolOptions, 'openRunner' | 'onEvent' | 'onFinish'>;

/** A request that can be copied; it is cancelled by a message. */
export type ThreadRequest = Omit<TextRequest, 'adapter' | 'signal'>;

/** `id` numbers texts and questions. */
export type ToThread =
  | {
      readonly type: 'generate';
      readonly id: number;
      readonly choice: ModelChoice;
      readonly request: ThreadRequest;
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'snapshot'; readonly id: number }
  | { readonly type: 'drain'; readonly id: number }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'event'; readonly id: number; readonly event: TextEvent }
  | { readonly type: 'ended'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError }
  | { readonly type: 'answer'; readonly id: number; readonly models: readonly ModelSnapshot[] }
  | { readonly type: 'finished'; readonly text: FinishedText & { readonly base: string } };
