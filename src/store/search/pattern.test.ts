// RLIKE against JavaScript's own regular expressions, and what it refuses; ILIKE against a plain definition.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCaseInsensitiveLike } from './case-insensitive.ts';
import { compilePattern } from './pattern-match.ts';

const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\s', '^', '$', '\\b', 'é', '1');
const quantified = fc
  .tuple(
    fc.constantFrom('a', 'b', '.', '[ab]', '(?:a|b)', '(ab|)'),
    fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'),
  )
  .map((parts) => parts.join(''));
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    atom,
    quantified,
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
}));

test('compilePattern finds what a regular expression finds', () => {
  fc.assert(
    fc.property(
      pattern.filter((source) => source.length < 100),
      fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '_'), maxLength: 8 }),
      (source, text) => {
        expect([source, text, compilePattern(source)(text)]).toEqual([
          source,
          text,
          new RegExp(source, 'su').test(text),
        ]);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('compilePattern takes a pattern that makes backtracking explode', () => {
  const text = 'a'.repeat(5_000);
  expect(compilePattern('^(a+)+$')(`${text}b`)).toBe(false);
  expect(compilePattern('^(?:a|a?)+b')(text)).toBe(false);
  expect(compilePattern('(?i)(A*)*c$')(`${text}C`)).toBe(true);
});

test('compilePattern says what it does not take', () => {
  const reasons = [
    ['(?=a)', 'look-around'],
    ['(a)\\1', 'the escape \\1 is not supported'],
    ['a{1000}', 'a repetition counts'],
    ['a{3,2}', 'a repetition counts'],
    ['((a{200}){200}){200}', 'too large'],
    ['a**', 'a quantifier follows'],
    ['*a', 'repeats nothing'],
    ['(?:)*', 'repeats nothing'],
    ['[a', 'it ends too early'],
    ['[z-a]', 'runs backwards'],
    ['a)', 'closes nothing'],
    ['a\\', 'it ends too early'],
    [`${'('.repeat(40)}a${')'.repeat(40)}`, 'nest deeper'],
    ['x'.repeat(1_001), 'Shorten the RLIKE pattern'],
  ] as const;
  for (const [source, reason] of reasons) expect(() => compilePattern(source)).toThrow(reason);
});

test('compileCaseInsensitiveLike reads % and _ and nothing else', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '\\', 'é', '.'), maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('A', 'b', 'É', '.', '\\', '\n'), maxLength: 8 }),
      (like, text) => {
        const escaped = like.replaceAll(/[.\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.');
        expect(compileCaseInsensitiveLike(like)(text)).toBe(new RegExp(`^${escaped}$`, 'isu').test(text));
      },
    ),
    { numRuns: 3_000 },
  );
});
