// Answers of random tokens: whatever is written to its end has the form that was asked for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../core/index.ts';
import { Tokenizer, trainTokenizer } from '../../text/index.ts';
import { type AnswerForm, constrain } from './constraints.ts';
import { randomAnswer, vocabularyOf } from './random-answer.ts';
import type { Vocabulary } from './vocabulary.ts';

const texts = [
  'The quick {"name": "fox", "age": 12, "tags": ["a", "b"]} brown fox, naïve café 😀',
  '{\n  "ok": true,\n  "list": [1.5, null, "x"]\n}',
];

let tokenizer: Tokenizer;
let vocabulary: Vocabulary;

beforeAll(async () => {
  tokenizer = await trainTokenizer([...texts, ...texts], { vocabSize: 420 });
  vocabulary = vocabularyOf(tokenizer);
});

/** Finished answers under a form. */
function answers(form: AnswerForm, { count = 30, longest = 400 } = {}): string[] {
  return Array.from({ length: count }, (_, seed) =>
    randomAnswer(constrain(vocabulary, form), vocabulary, { seed, longest }),
  ).filter((answer) => answer !== undefined);
}

/** Answers under a schema, parsed, after each was found valid by zod. */
function valid(schema: Record<string, unknown>, options = {}): unknown[] {
  const checker = z.fromJSONSchema(schema);
  const parsed = answers({ type: 'json_schema', schema }, options).map((answer): unknown =>
    JSON.parse(answer),
  );
  for (const value of parsed) expect(checker.safeParse(value)).toMatchObject({ success: true });
  expect(parsed.length).toBeGreaterThan(0);
  return parsed;
}

test('constrain() writes any JSON object in JSON mode, and nothing but objects', () => {
  const parsed = answers({ type: 'json_object' }).map((answer): unknown => JSON.parse(answer));
  expect(parsed.length).toBeGreaterThan(15);
  for (const value of parsed) expect(z.record(z.string(), z.unknown()).safeParse(value).success).toBe(true);
});

test('constrain() chooses one of the texts, also where one begins another', () => {
  const options = ['yes', 'no', 'yesterday', 'naïve 😀'];
  expect(new Set(answers({ type: 'choice', options }, { count: 80 }))).toEqual(new Set(options));
  expect(() => answers({ type: 'choice', options: [] })).toThrow(/options are empty/);
});

test.each([
  '[a-c]{2,4}\\d+é?',
  '(?:x|yz)*end|[^\\x00-\\x7f]{1,3}',
  '(?<year>\\d{4})-\\w+\\s[😀-😂]',
  '^\\$\\d+\\.\\d{2}$',
  'a.c|\\u0041\\u{1F600}[\\w-]',
])('constrain() writes texts that match /%s/', (pattern) => {
  const found = answers({ type: 'regex', pattern });
  expect(found.length).toBeGreaterThan(5);
  for (const text of found) expect(text).toMatch(new RegExp(`^(?:${pattern})$`, 'u'));
});

test.each([
  ['(?=a)b'],
  ['(a)\\1'],
  ['\\bword'],
  ['a^b'],
  ['a{20000}'],
  ['(?!x)'],
  ['\\p{L}'],
  ['[z-a]'],
  ['('],
])('constrain() refuses the pattern %s, which automata cannot hold to', (pattern) => {
  expect(() => constrain(vocabulary, { type: 'regex', pattern })).toThrow(InputError);
});

test.each<[string, Record<string, unknown>]>([
  ['limits of length', { type: 'string', minLength: 2, maxLength: 4 }],
  ['a pattern anywhere in a string', { type: 'string', pattern: '["\\\\\\n]x?' }],
  ['an anchored pattern', { type: 'string', pattern: '^[A-Z]{2}-\\d{3}$' }],
  ['the type list', { type: ['string', 'null', 'boolean'] }],
  [
    'const and enum',
    {
      type: 'object',
      properties: { a: { const: 'x"y' }, b: { enum: [1, 'é', null] } },
      required: ['a', 'b'],
    },
  ],
  [
    'optional members',
    {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } },
      required: ['b'],
      additionalProperties: false,
    },
  ],
  ['only optional members', { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } } }],
  ['limits of items', { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 }],
  ['tuples', { type: 'array', prefixItems: [{ type: 'boolean' }, { type: 'null' }], items: false }],
  [
    'anyOf',
    {
      anyOf: [
        { type: 'integer' },
        { type: 'object', properties: {}, additionalProperties: { type: 'boolean' } },
      ],
    },
  ],
  ['multiples', { type: 'integer', multipleOf: 7, minimum: -20, maximum: 30 }],
])('constrain() holds answers to %s', (_, schema) => {
  valid(schema);
});

test('constrain() writes members in the order of the schema', () => {
  const properties = { z: { type: 'null' }, a: { type: 'null' }, 'm"': { type: 'null' } };
  const found = valid({ type: 'object', properties, required: ['z', 'a', 'm"'] });
  for (const value of found) expect(Object.keys(value as object)).toEqual(['z', 'a', 'm"']);
});

test.each(['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'])(
  'constrain() writes the format %s',
  (format) => {
    const oracles: Record<string, z.ZodType> = {
      date: z.iso.date(),
      time: z.string().regex(/^\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/),
      'date-time': z.iso.datetime({ offset: true }),
      duration: z.iso.duration(),
      email: z.email(),
      hostname: z.string().regex(z.regexes.hostname),
      ipv4: z.ipv4(),
      ipv6: z.ipv6(),
      uuid: z.guid(),
    };
    const found = answers({ type: 'json_schema', schema: { type: 'string', format } }, { count: 60 });
    expect(found.length).toBeGreaterThan(10);
    for (const text of found)
      expect(oracles[format]?.safeParse(JSON.parse(text))).toMatchObject({ success: true });
  },
);

test('constrain() follows references, recursive ones too', () => {
  const schema = {
    $defs: {
      node: {
        type: 'object',
        properties: {
          value: { type: 'integer' },
          next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
        required: ['value', 'next'],
        additionalProperties: false,
      },
    },
    $ref: '#/$defs/node',
  };
  const found = valid(schema, { count: 40 });
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null && 'next' in value ? 1 + depth(value.next) : 0;
  expect(Math.max(...found.map(depth))).toBeGreaterThan(1);
});

const bound = fc
  .integer({ min: -3000, max: 3000 })
  .chain((units) => fc.integer({ min: 0, max: 2 }).map((places) => units / 10 ** places));

test('constrain() keeps numbers within any limits', async () => {
  await fc.assert(
    fc.property(bound, bound, fc.boolean(), fc.boolean(), fc.boolean(), (a, b, openA, openB, whole) => {
      const [low, high] = [Math.min(a, b), Math.round(Math.max(a, b)) + 2];
      const schema: Record<string, unknown> = {
        type: whole ? 'integer' : 'number',
        [openA ? 'exclusiveMinimum' : 'minimum']: low,
        [openB ? 'exclusiveMaximum' : 'maximum']: high,
      };
      const form: AnswerForm = { type: 'json_schema', schema };
      if (whole && !z.fromJSONSchema(schema).safeParse(Math.floor(low) + 1).success) return;
      for (const text of answers(form, { count: 6 }))
        expect(
          z.fromJSONSchema(schema).safeParse(JSON.parse(text)),
          `${text} of ${low} ${high}`,
        ).toMatchObject({ success: true });
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('constrain() allows each number within its limits', () => {
  const allows = (schema: unknown, text: string): boolean => {
    const constraint = constrain(vocabulary, { type: 'json_schema', schema });
    for (const letter of text) {
      const scores = new Float32Array(vocabulary.vocabSize);
      constraint.mask(scores);
      const token = tokenizer.tokenToId(letter) ?? -1;
      if (scores[token] !== 0) return false;
      constraint.accept(token);
    }
    return constraint.mayEnd;
  };
  const whole = { type: 'integer', minimum: -12, maximum: 305 };
  for (let value = -20; value < 320; value++)
    expect(allows(whole, String(value))).toBe(value >= -12 && value <= 305);
  const decimal = { type: 'number', exclusiveMinimum: -0.5, maximum: 1.25 };
  for (let units = -70; units < 140; units++)
    expect(allows(decimal, (units / 100).toFixed(2))).toBe(units > -50 && units <= 125);
  expect(allows({ type: 'number', exclusiveMinimum: 0 }, '0.001')).toBe(true);
  expect(allows({ type: 'number', exclusiveMinimum: 0 }, '0.000')).toBe(false);
});

const leaf = fc.constantFrom<Record<string, unknown>>(
  { type: 'string', maxLength: 6 },
  { type: 'integer', minimum: 0, maximum: 99 },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'null' },
  { enum: ['red', 'gr"een', 3] },
  { type: 'string', pattern: '^[a-f]{3}$' },
);

const { schema: anySchema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.integer({ min: 1, max: 3 }) }),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc
      .tuple(
        fc.uniqueArray(fc.constantFrom('a', 'b b', 'ç', 'd"', '😀'), { minLength: 1, maxLength: 4 }),
        fc.array(tie('schema'), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
      )
      .map(([names, values, required]) => ({
        type: 'object',
        properties: Object.fromEntries(names.map((name, i) => [name, values[i]])),
        required: names.slice(0, required),
        additionalProperties: false,
      })),
  ),
}));

test('constrain() holds answers to random schemas', async () => {
  let finished = 0;
  await fc.assert(
    fc.property(anySchema, fc.integer(), (schema, seed) => {
      const constraint = constrain(vocabulary, { type: 'json_schema', schema });
      const answer = randomAnswer(constraint, vocabulary, { seed });
      if (answer === undefined) return;
      finished++;
      expect(z.fromJSONSchema(schema).safeParse(JSON.parse(answer)), answer).toMatchObject({ success: true });
    }),
    { numRuns: 150, seed: 11 },
  );
  expect(finished).toBeGreaterThan(100);
});

test.each<[string, unknown, RegExp]>([
  ['oneOf', { oneOf: [{ type: 'null' }] }, /at '#' the keyword 'oneOf' cannot be enforced; use anyOf/],
  ['not', { properties: { a: { not: {} } } }, /at '#\/properties\/a' the keyword 'not'/],
  ['uniqueItems', { type: 'array', uniqueItems: true }, /'uniqueItems'/],
  ['patternProperties', { type: 'object', patternProperties: {} }, /'patternProperties'/],
  [
    'a schema for further members',
    { properties: { a: true }, additionalProperties: { type: 'null' } },
    /additionalProperties/,
  ],
  ['several of allOf', { allOf: [{ type: 'string' }, { minLength: 2 }] }, /'allOf'/],
  ['keywords beside $ref', { $defs: { a: {} }, $ref: '#/$defs/a', type: 'string' }, /'type' beside '\$ref'/],
  ['limits beside enum', { enum: ['a'], minLength: 3 }, /'minLength' beside 'enum'/],
  ['a pattern with a limit', { type: 'string', pattern: 'a', maxLength: 3 }, /together/],
  ['an unknown format', { type: 'string', format: 'iri' }, /format "iri"/],
  ['an unknown type', { type: 'text' }, /type "text" is unknown/],
  ['a reference elsewhere', { $ref: 'https://example.com/a' }, /leads out of the schema/],
  ['a reference to nothing', { $ref: '#/$defs/a' }, /leads nowhere/],
  [
    'required names without a schema',
    { type: 'object', properties: { a: {} }, required: ['b'] },
    /'required' names 'b'/,
  ],
  [
    'an endless recursion',
    { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
    /no finite text/,
  ],
  ['a reference to itself', { anyOf: [{ $ref: '#' }, { type: 'null' }] }, /begins with itself/],
  ['empty limits', { type: 'integer', minimum: 3, maximum: 2 }, /no number lies within/],
  ['an unbounded multipleOf', { type: 'integer', multipleOf: 7 }, /'multipleOf'/],
  ['a schema that is none', [], /no schema/],
  ['false', false, /allows nothing/],
])('constrain() refuses %s', (_, schema, message) => {
  expect(() => constrain(vocabulary, { type: 'json_schema', schema })).toThrow(message);
});

test('constrain() refuses schemas beyond all measure', () => {
  let deep: unknown = { type: 'null' };
  for (let i = 0; i < 40; i++) deep = { type: 'array', items: deep };
  const wide = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`p${i}`, {}]));
  const refusal = (schema: unknown) => expect(() => constrain(vocabulary, { type: 'json_schema', schema }));
  refusal(deep).toThrow(/nested more than 32 deep/);
  refusal({ properties: wide }).toThrow(/more than 5000 schemas/);
  refusal({ enum: ['x'.repeat(200_001)] }).toThrow(/longer than/);
});

test('constrain() stays small where a schema allows one text in very many ways', () => {
  const lists = Array.from({ length: 8 }, () => ({ type: 'array', items: { $ref: '#' }, maxItems: 1 }));
  const constraint = constrain(vocabulary, {
    type: 'json_schema',
    schema: { anyOf: [...lists, { type: 'null' }] },
  });
  const text = `${'['.repeat(12)}null${']'.repeat(12)}`;
  for (const letter of text) expect(constraint.accept(tokenizer.tokenToId(letter) ?? -1)).toBe(true);
  expect([constraint.mayEnd, constraint.isComplete]).toEqual([true, true]);
});

test('GrammarConstraint says when nothing may follow, and leaves scores alone after that', () => {
  const constraint = constrain({ ...vocabulary, stopTokens: new Set() }, { type: 'choice', options: ['no'] });
  for (const letter of 'no') constraint.accept(tokenizer.tokenToId(letter) ?? -1);
  expect([constraint.mayEnd, constraint.isComplete]).toEqual([true, true]);
  const scores = new Float32Array(vocabulary.vocabSize);
  constraint.mask(scores);
  expect(scores.every((score) => score === 0)).toBe(true);
});

test('constrain() leaves scores without tokens out', () => {
  const padded = { ...vocabulary, vocabSize: vocabulary.vocabSize + 70 };
  const scores = new Float32Array(padded.vocabSize);
  constrain(padded, { type: 'json_object' }).mask(scores);
  expect(scores.subarray(vocabulary.vocabSize).every((score) => score === Number.NEGATIVE_INFINITY)).toBe(
    true,
  );
});

/** A vocabulary of the Llama 2 kind: `▁` for spaces, bytes for all else, the first space dropped. */
async function sentencePiece(): Promise<Tokenizer> {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...'▁abcdefghijklmnopqrstuvwxyz{}":,'];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, 3).map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [],
    },
  };
  const directory = mkdtempSync(join(tmpdir(), 'hone-constraints-'));
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(json));
  writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify({ eos_token: '</s>' }));
  const read = await Tokenizer.fromDirectory(directory);
  rmSync(directory, { recursive: true });
  return read;
}

test('constrain() knows the bytes and the first space of sentence-piece vocabularies', async () => {
  const words = vocabularyOf(await sentencePiece());
  const form: AnswerForm = { type: 'choice', options: ['hello', 'so 😀'] };
  const texts = Array.from({ length: 30 }, (_, seed) =>
    randomAnswer(constrain(words, form), words, { seed }),
  );
  expect(new Set(texts)).toEqual(new Set(form.options));
  const scores = new Float32Array(words.vocabSize);
  constrain(words, form).mask(scores);
  expect(scores[words.tokenizer.tokenToId('▁') ?? -1]).toBe(0);
  const object = randomAnswer(constrain(words, { type: 'json_object' }), words, { seed: 5 }) ?? '';
  expect(JSON.parse(object)).toBeTypeOf('object');
});
