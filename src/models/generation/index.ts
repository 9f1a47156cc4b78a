// Generation: from prompts to texts, as token ids.
export { parseGenerationConfig } from './generation-config.ts';
export {
  type Completion,
  type FinishReason,
  Generator,
  type GeneratorOptions,
  type TokenEvent,
} from './generator.ts';
export type { GenerationOptions } from './options.ts';
export type { ScoredToken } from './sampling.ts';
