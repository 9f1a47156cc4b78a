// Constrained decoding: which tokens may come next so that an answer has the form that was asked for.
export { type AnswerForm, constrain, constrainByGrammar, formGrammar } from './constraints.ts';
export {
  choice,
  type Expression,
  type Grammar,
  literal,
  nothing,
  optional,
  repeat,
  rule,
  sequence,
  symbol,
  tokenSymbol,
} from './expression.ts';
export { schemaGrammar } from './json-schema.ts';
export { anyObject, jsonRules, space } from './json-text.ts';
export { tokenBytes } from './token-bytes.ts';
export type { GrammarConstraint } from './token-matcher.ts';
export type { Vocabulary } from './vocabulary.ts';
