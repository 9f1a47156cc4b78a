// Writing text with a model: opening it, prompts, streams, conversations.

export { type GeneratedText, streamTexts, type TextEvent } from './generate.ts';
export { type ChatEvent, Conversation } from './generate-chat.ts';
export {
  generationOptions,
  openTextModel,
  type Prompt,
  type PromptMode,
  type SamplingRequest,
  type TextModel,
} from './generate-model.ts';
export { readPrompts, withSystem } from './generate-prompts.ts';
