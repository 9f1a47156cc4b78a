// Tokenizers, chat templates, loss masks.
export {
  chatStopIds,
  hasGenerationMarks,
  hasPlaceForTools,
  type RenderOptions,
  renderChat,
} from './chat/chat-template.ts';
export { type ChatOptions, encodeChat } from './encode-chat.ts';
export {
  type Completion,
  type CompletionOptions,
  encodeCompletion,
  encodePreference,
  type Preference,
  type PromptText,
} from './encode-completion.ts';
export { encodeText, type TextOptions } from './encode-text.ts';
export type { Encoded } from './encoded.ts';
export type { Message } from './message.ts';
export type { Offset } from './offsets.ts';
export type { SpecialText } from './special-text.ts';
export { TextStream } from './text-stream.ts';
export { type EncodeOptions, type SpecialToken, Tokenizer, type Tokens } from './tokenizer.ts';
export {
  defaultChatTemplate,
  type NewSpecialTokens,
  type TrainTokenizerOptions,
  trainTokenizer,
} from './train-tokenizer.ts';
export {
  type Truncated,
  type TruncatedPair,
  type TruncateOptions,
  type TruncationMode,
  truncate,
  truncatePair,
  truncationModes,
} from './truncate.ts';
