// Answers of a model that knows nothing, for the tests of this folder: random tokens, as far as a constraint allows them.
import { Random } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { GrammarConstraint } from './token-matcher.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A vocabulary with all of the tokenizer's words. */
export function vocabularyOf(tokenizer: Tokenizer): Vocabulary {
  return { tokenizer, vocabSize: tokenizer.vocabSize, stopTokens: new Set(tokenizer.eosTokenIds) };
}

/** The text of random tokens up to a stop token; undefined when `longest` tokens hold none. */
export function randomAnswer(
  constraint: GrammarConstraint,
  vocabulary: Vocabulary,
  { seed, longest = 400 }: { readonly seed: number; readonly longest?: number },
): string | undefined {
  const random = new Random(seed);
  const ids: number[] = [];
  while (ids.length < longest) {
    const scores = new Float32Array(vocabulary.vocabSize);
    constraint.mask(scores);
    const allowed = [...scores.keys()].filter((token) => scores[token] === 0);
    const stop = allowed.find((token) => vocabulary.stopTokens.has(token));
    const ends = stop !== undefined && random.uniform() < 0.3;
    const token = ends ? stop : allowed[Math.floor(random.uniform() * allowed.length)];
    if (token === undefined) throw new Error(`Nothing may follow ${vocabulary.tokenizer.decode(ids)}`);
    if (!constraint.accept(token)) throw new Error(`Token ${token} was allowed and is not accepted`);
    if (vocabulary.stopTokens.has(token)) return vocabulary.tokenizer.decode(ids);
    ids.push(token);
  }
  return undefined;
}
