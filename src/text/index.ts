// Tokenizers, chat templates, loss masks.
export type { Message } from './message.ts';
export type { Offset } from './offsets.ts';
export type { SpecialText } from './special-text.ts';
export { TextStream } from './text-stream.ts';
export { type EncodeOptions, type SpecialToken, Tokenizer, type Tokens } from './tokenizer.ts';
