// The search language beyond MLflow's: OR, NOT, parentheses, limits. What MLflow takes is in mlflow-search.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import {
  EXPERIMENTS,
  type Filter,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  mentions,
  orderByField,
  parseFilter,
  parseOrderBy,
  REGISTERED_MODELS,
  RUNS,
  TRACES,
} from './index.ts';

/** A filter on metrics in one line: `(a & b)`. */
function shape(filter: Filter | undefined): string {
  if (filter === undefined) return 'all';
  if (filter.kind === 'comparison') return filter.key;
  if (filter.kind === 'not') return `!${shape(filter.part)}`;
  return `(${filter.parts.map(shape).join(filter.kind === 'and' ? ' & ' : ' | ')})`;
}

/** Each letter stands for a comparison. */
function parseShape(text: string): string {
  const filter = text.replaceAll(/\b[a-z]\b/g, (key) => `metrics.${key} > 1`);
  return shape(parseFilter(filter, RUNS));
}

test('parseFilter binds NOT closer than AND and AND closer than OR', () => {
  expect(parseShape('a OR b AND c')).toBe('(a | (b & c))');
  expect(parseShape('a AND b OR c AND d')).toBe('((a & b) | (c & d))');
  expect(parseShape('NOT a AND b')).toBe('(!a & b)');
  expect(parseShape('NOT (a AND b) OR NOT NOT c')).toBe('(!(a & b) | !!c)');
  expect(parseShape('(a OR b) AND (c OR (d))')).toBe('((a | b) & (c | d))');
  expect(parseShape('not a and(b or c)')).toBe('(!a & (b | c))');
  expect(parseShape('((((a))))')).toBe('a');
});

test('parseFilter takes keys named like the words that join, and texts that hold them', () => {
  const parse = (text: string) => shape(parseFilter(text, RUNS));
  expect(parse('metrics.or > 1 OR metrics.`not` > 1')).toBe('(or | not)');
  expect(parse('params.p = \') OR (\' AND params.`a) OR (b` != "NOT"')).toBe('(p & a) OR (b)');
});

test('parseFilter names the piece that is out of place', () => {
  const message = (text: string) => () => parseFilter(text, RUNS);
  expect(message('metrics.a > 1 OR')).toThrow("Invalid clause(s) in filter string: 'OR'");
  expect(message('OR metrics.a > 1')).toThrow("Invalid clause(s) in filter string: 'OR'");
  expect(message('metrics.a > 1 AND OR metrics.b > 1')).toThrow("Invalid clause(s) in filter string: 'OR'");
  expect(message('metrics.a > 1 OR AND metrics.b > 1')).toThrow("Invalid clause(s) in filter string: 'AND'");
  expect(message('(metrics.a > 1 AND)')).toThrow("Invalid clause(s) in filter string: ')'");
  expect(message('(metrics.a > 1')).toThrow("Invalid clause(s) in filter string: '('");
  expect(message('metrics.a > 1)')).toThrow("Invalid clause(s) in filter string: ')'");
  expect(message('()')).toThrow("Invalid clause(s) in filter string: ')'");
  expect(message('NOT')).toThrow("Invalid clause(s) in filter string: 'NOT'");
  expect(message('metrics.a > 1 OR foo')).toThrow("Invalid clause(s) in filter string: 'foo'");
});

test('parseFilter refuses what is too long, too deep or too much', () => {
  const deep = (levels: number) => `${'('.repeat(levels)}metrics.a > 1${')'.repeat(levels)}`;
  expect(shape(parseFilter(deep(64), RUNS))).toBe('a');
  expect(() => parseFilter(deep(65), RUNS)).toThrow('may nest 64 deep');
  expect(() => parseFilter(deep(100_000), RUNS)).toThrow('may nest 64 deep');
  expect(() => parseFilter(`${'NOT '.repeat(100_000)}metrics.a > 1`, RUNS)).toThrow('may nest 64 deep');
  expect(() => parseFilter('('.repeat(100_000), RUNS)).toThrow(InputError);
  expect(() => parseFilter(`metrics.a > 1${' OR metrics.a > 1'.repeat(256)}`, RUNS)).toThrow(
    'at most 256 comparisons',
  );
  expect(() => parseFilter(`params.a = '${'x'.repeat(500_000)}'`, RUNS)).toThrow('Shorten the filter');
  expect(() => parseFilter(`params.a LIKE '${'x'.repeat(10_001)}'`, RUNS)).toThrow(
    'Shorten the LIKE pattern',
  );
  expect(() => parseFilter("params.a = 'a\0b'", RUNS)).toThrow('Remove the NUL character');
  expect(() => parseFilter("params.a = '\ud800'", RUNS)).toThrow('half of a surrogate pair');
});

test('parseFilter takes a list of ten thousand ids', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => index.toString(16).padStart(32, 'a'));
  const filter = parseFilter(`run_id IN (${ids.map((id) => `'${id}'`).join(', ')})`, RUNS);
  expect(filter).toMatchObject({ operator: 'IN', value: ids });
});

test('parseFilter checks an RLIKE pattern before any row is read', () => {
  expect(() => parseFilter("tag.a RLIKE '('", TRACES)).toThrow(
    "Correct the RLIKE pattern '(': a '(' is not closed",
  );
});

test('parseFilter counts models without the prompt tag as no prompts', () => {
  const tag = {
    kind: 'comparison',
    type: 'tag',
    key: 'mlflow.prompt.is_prompt',
    operator: '=',
    value: 'true',
  };
  const parse = (text: string) => parseFilter(`tags.\`mlflow.prompt.is_prompt\` ${text}`, REGISTERED_MODELS);
  expect([parse("= 'true'"), parse("!= 'False'")]).toEqual([tag, tag]);
  expect([parse("!= 'true'"), parse("= 'false'")]).toEqual([
    { kind: 'not', part: tag },
    { kind: 'not', part: tag },
  ]);
  expect(mentions(parse("!= 'true'"), { type: 'tag', key: 'mlflow.prompt.is_prompt' })).toBe(true);
});

test('parseOrderBy refuses a field that comes twice, under whatever name', () => {
  expect(() => parseOrderBy(['start_time', 'attributes.Created DESC'], RUNS)).toThrow(
    "`order_by` contains duplicate fields: ['start_time', 'attributes.Created DESC']",
  );
  expect(parseOrderBy(['metrics.`a b` DESC', 'params.a'], RUNS)).toEqual([
    { type: 'metric', key: 'a b', ascending: false },
    { type: 'parameter', key: 'a', ascending: true },
  ]);
});

test('orderByField reads the fields of logged models', () => {
  expect(orderByField('metrics.a', false, LOGGED_MODELS)).toEqual({
    type: 'metric',
    key: 'a',
    ascending: false,
  });
  expect(() => orderByField('params.a', true, LOGGED_MODELS)).toThrow('Only metrics are supported');
});

const LANGUAGES = [RUNS, EXPERIMENTS, REGISTERED_MODELS, MODEL_VERSIONS, LOGGED_MODELS, TRACES];
const PIECES = [
  'metrics.a',
  'params.`a b`',
  'tags."x',
  'name',
  '=',
  '!=',
  '>',
  'LIKE',
  'RLIKE',
  'NOT',
  'IN',
  'IS',
  'NULL',
  'AND',
  'OR',
  '(',
  ')',
  "('a', 'b')",
  "'x'",
  '"x"',
  "'",
  '"',
  '`',
  '\\',
  '1',
  '-1e5',
  '1.',
  '.',
  ',',
  ';',
  '--',
  '/*',
  '# ',
  '[',
  ']',
  'é',
  '\u{1F680}',
  '\ud800',
  '\0',
  '',
  '\n',
  'run_id',
  'a.b.c',
  'a-b',
];
const garbage = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(' ')),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

test('parseFilter and parseOrderBy give a result or an InputError, whatever comes', () => {
  fc.assert(
    fc.property(garbage, fc.constantFrom(...LANGUAGES), (text, language) => {
      for (const parse of [() => parseFilter(text, language), () => parseOrderBy([text], language)]) {
        try {
          parse();
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }),
    { numRuns: 5_000 },
  );
});

test('parseFilter is done with a hundred thousand characters of any one thing', () => {
  for (const piece of [
    ...PIECES,
    "\\'",
    '""',
    "''",
    '``',
    'a.',
    '.1',
    '1a',
    'a-',
    'a[',
    'a.b(',
    'not ',
    'NOT LIKE',
    '(a',
    '("',
  ]) {
    const text = piece.repeat(Math.floor(100_000 / Math.max(1, piece.length)));
    for (const hostile of [text, `${text}!`, `'${text}`, `metrics.a > ${text}`]) {
      try {
        parseFilter(hostile, RUNS);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  }
});
