// Chat: from a request in text to a stream of text, calls and their cost.
export { encodeMessages } from './encode-prompt.ts';
export { heldLength } from './stop-text.ts';
export { streamText } from './stream-text.ts';
export type * from './text-event.ts';
export type { TextModel, TokenStream } from './text-model.ts';
export type * from './text-request.ts';
