// Constraints of answers by what is asked for: any JSON object, a schema, one of some texts, a pattern.
import { fingerprint, InputError } from '../../core/index.ts';
import { character } from './code-points.ts';
import { choice, type Expression, type Grammar, literal, optional, sequence } from './expression.ts';
import { schemaGrammar } from './json-schema.ts';
import { anyObject, jsonRules } from './json-text.ts';
import { regexExpression } from './regex.ts';
import { spellingOf } from './token-bytes.ts';
import { type GrammarConstraint, TokenMatcher } from './token-matcher.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What an answer must be. */
export type AnswerForm =
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: unknown }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  | { readonly type: 'regex'; readonly pattern: string };

/** Grammars that are kept for each tokenizer, the last ones used. */
const mostKept = 32;

/** Schemas longer than this are refused, in characters of JSON. */
const mostSchemaText = 200_000;

type Kept = { readonly vocabulary: Vocabulary; readonly matchers: Map<string, TokenMatcher> };

const kept = new WeakMap<Vocabulary['tokenizer'], Kept[]>();

/**
 * A constraint for one answer. What it takes to apply a form is kept for the next answers of the same model.
 * @throws InputError for a form that cannot be enforced
 */
export function constrain(vocabulary: Vocabulary, form: AnswerForm): GrammarConstraint {
  return constrainByGrammar(vocabulary, fingerprint(form), () => formGrammar(form));
}

/** {@link constrain} by a grammar of the caller's; `key` names it among all of this model. */
export function constrainByGrammar(
  vocabulary: Vocabulary,
  key: string,
  grammar: () => Grammar,
): GrammarConstraint {
  const matchers = matchersOf(vocabulary);
  const known = matchers.get(key);
  const matcher = known ?? new TokenMatcher(vocabulary, forTokenizer(vocabulary, grammar()));
  // Moved to the end: the first ones are those not used for longest
  matchers.delete(key);
  matchers.set(key, matcher);
  const [oldest] = matchers.keys();
  if (matchers.size > mostKept && oldest !== undefined) matchers.delete(oldest);
  return matcher.begin();
}

/** The grammar of a form, by itself. */
export function formGrammar(form: AnswerForm): Grammar {
  if (form.type === 'json_object') return { root: anyObject, rules: jsonRules };
  if (form.type === 'json_schema') {
    if (JSON.stringify(form.schema).length > mostSchemaText)
      throw new InputError(
        `Cannot hold the answer to the schema: it is longer than ${mostSchemaText} characters; use a smaller one`,
      );
    return schemaGrammar(form.schema);
  }
  return { root: textExpression(form), rules: new Map() };
}

function textExpression(form: Extract<AnswerForm, { type: 'choice' | 'regex' }>): Expression {
  if (form.type === 'regex') return regexExpression(form.pattern, { character, whole: true });
  if (form.options.length === 0 || form.options.includes(''))
    throw new InputError('Cannot choose the answer: the options are empty; give texts to choose from');
  return choice(...form.options.map(literal));
}

/** Tokenizers that drop the first space of a text write one in front of the first word. */
function forTokenizer({ tokenizer }: Vocabulary, { root, rules }: Grammar): Grammar {
  const leads = spellingOf(tokenizer).dropsFirstSpace;
  return { root: leads ? sequence(optional(literal(' ')), root) : root, rules };
}

/** Models that share a tokenizer may differ in their stop tokens and in the number of scores. */
function matchersOf(vocabulary: Vocabulary): Map<string, TokenMatcher> {
  const { tokenizer, vocabSize, stopTokens } = vocabulary;
  const all = kept.get(tokenizer) ?? [];
  kept.set(tokenizer, all);
  const same = (other: Vocabulary) =>
    other.vocabSize === vocabSize &&
    other.stopTokens.size === stopTokens.size &&
    [...stopTokens].every((token) => other.stopTokens.has(token));
  const found = all.find((each) => same(each.vocabulary));
  if (found !== undefined) return found.matchers;
  const matchers = new Map<string, TokenMatcher>();
  all.push({ vocabulary: { tokenizer, vocabSize, stopTokens }, matchers });
  return matchers;
}
