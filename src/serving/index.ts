// Serving: loaded models that answer many requests at once. No HTTP.
export {
  type ChatMessage,
  type ContentPart,
  encodeMessages,
  heldLength,
  type JsonSchema,
  type ResponseFormat,
  type ScoredTextToken,
  streamText,
  type TextEvent,
  type TextFinish,
  type TextModel,
  type TextPrompt,
  type TextRequest,
  type TextToken,
  type TextUsage,
  type Tool,
  type ToolCall,
  type ToolChoice,
} from './chat/index.ts';
export * from './engine/index.ts';
export * from './model/index.ts';
export * from './pool/index.ts';
export * from './thread/index.ts';
