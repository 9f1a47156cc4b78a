// Constrained decoding: which tokens may come next so that an answer has the form that was asked for.
export { type AnswerForm, constrain, constrainByGrammar } from './constraints.ts';
export {
  choice,
  type Expression,
  type Grammar,
  literal,
  optional,
  repeat,
  rule,
  sequence,
  tokenSymbol,
} from './expression.ts';
export { tokenBytes } from './token-bytes.ts';
export type { GrammarConstraint } from './token-matcher.ts';
export type { Vocabulary } from './vocabulary.ts';
