// Generation: from prompts to texts, as token ids.
export { parseGenerationConfig } from './generation-config.ts';
export {
  type Completion,
  type FinishReason,
  Generator,
  type GeneratorOptions,
  type TokenEvent,
} from './generator.ts';
export {
  checkPrompts,
  type GenerationOptions,
  type GenerationSettings,
  generationSettings,
} from './options.ts';
export {
  type Choice,
  type ChoiceContext,
  chooseToken,
  type SamplingSettings,
  type ScoredToken,
} from './sampling.ts';
