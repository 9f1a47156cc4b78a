// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own interpolation
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { InputErrors } from '../core/index.ts';
import { composeConfig, formatConfig, jsonSchema, validateConfig } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const schema = z.object({
  name: z.string().min(2),
  seed: z.int().default(0),
  training: z
    .object({
      learning_rate: z.number().positive().max(1),
      schedule: z.enum(['constant', 'linear', 'cosine']).default('linear'),
      device_batch: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
      stop: z.object({ patience: z.int() }).optional(),
    })
    .refine((training) => training.learning_rate !== 0.5, 'must not be one half'),
  objective: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('dpo'), beta: z.number() }),
    z.object({ kind: z.literal('sft'), packing: z.boolean().default(false) }),
  ]),
  data: z.array(z.union([z.string(), z.object({ path: z.string(), weight: z.number().default(1) })])),
  tags: z.record(z.string(), z.strictObject({ value: z.string() })).default({}),
  extra: z.looseObject({}).optional(),
});

const good =
  'name: run\ntraining: {learning_rate: 1e-4}\nobjective: {kind: sft}\ndata: [a.jsonl, {path: b.jsonl}]\n';

async function check(text: string, overrides: readonly string[] = []) {
  const file = join(directory, 'train.yaml');
  writeFileSync(file, text);
  return validateConfig(schema, await composeConfig({ file, overrides, environment: {} }));
}

/** The faults of a configuration, with the directory left out. */
async function faults(text: string, overrides: readonly string[] = []): Promise<readonly string[]> {
  const error = await check(text, overrides).catch((thrown: unknown) => thrown);
  if (!(error instanceof InputErrors)) throw new Error('the configuration was not refused');
  return error.faults.map((fault) => fault.replaceAll(`${directory}/`, ''));
}

test('validateConfig() fills in defaults and keeps what open objects hold', async () => {
  expect(await check(`${good}extra: {anything: [1]}\n`, ['tags.a={value: x}'])).toEqual({
    name: 'run',
    seed: 0,
    training: { learning_rate: 1e-4, schedule: 'linear', device_batch: 'auto' },
    objective: { kind: 'sft', packing: false },
    data: ['a.jsonl', { path: 'b.jsonl', weight: 1 }],
    tags: { a: { value: 'x' } },
    extra: { anything: [1] },
  });
});

test('validateConfig() reports all faults at once, each with its place', async () => {
  const text = [
    'name: r',
    'sede: 1',
    'training:',
    '  learning_rate: fast',
    '  schedule: cosin',
    '  device_batch: some',
    '  stop:',
    '    patience: 1.5',
    '    patiance: 2',
    'objective:',
    '  kind: dpo',
    '  beta: ${seed}',
    '  packing: true',
    'seed: x',
    'data: [a, {path: 1}, {path: b, wieght: 2}]',
    'tags: {a: {valu: x}}',
  ].join('\n');
  expect(await faults(text, ['training.warmup=3'])).toEqual([
    "train.yaml:2: unknown key 'sede'. Did you mean 'seed'?",
    "train.yaml:9: unknown key 'training.stop.patiance'. Did you mean 'training.stop.patience'?",
    "override 'training.warmup=3': unknown key 'training.warmup'. Known: learning_rate, schedule, device_batch, stop",
    "train.yaml:13: unknown key 'objective.packing'. Known: kind, beta",
    "train.yaml:15: unknown key 'data.2.wieght'. Did you mean 'data.2.weight'?",
    "train.yaml:16: unknown key 'tags.a.valu'. Did you mean 'tags.a.value'?",
    "train.yaml:1: 'name' must have at least 2 characters, current value is 'r'",
    "train.yaml:14: 'seed' must be a number, current value is 'x'",
    "train.yaml:4: 'training.learning_rate' must be a number, current value is 'fast'",
    "train.yaml:5: 'training.schedule' must be 'constant' or 'linear' or 'cosine', current value is 'cosin'. Did you mean 'cosine'?",
    "train.yaml:6: 'training.device_batch' must be 'auto' or a number, current value is 'some'",
    "train.yaml:8: 'training.stop.patience' must be a whole number, current value is 1.5",
    "train.yaml:12: 'objective.beta' must be a number, current value is 'x'",
    "train.yaml:15: 'data.1.path' must be text, current value is 1",
    "train.yaml:16: 'tags.a.value' is required and must be text; set it in the file or with tags.a.value=VALUE",
  ]);
});

const single: readonly (readonly [string, readonly string[], string])[] = [
  [
    'a required value that is missing',
    ['~name'],
    "train.yaml: 'name' is required and must be text; set it in the file or with name=VALUE",
  ],
  [
    'a nested one',
    ['~training.learning_rate'],
    "train.yaml:2: 'training.learning_rate' is required and must be a number; set it in the file or with training.learning_rate=VALUE",
  ],
  [
    'a missing discriminator',
    ['~objective.kind'],
    "train.yaml:3: 'objective.kind' is required and must be 'dpo' or 'sft'",
  ],
  [
    'an unknown discriminator',
    ['objective.kind=dop'],
    "override 'objective.kind=dop': 'objective.kind' must be 'dpo' or 'sft', current value is 'dop'. Did you mean 'dpo'?",
  ],
  [
    'a number out of range',
    ['training.learning_rate=-1'],
    "override 'training.learning_rate=-1': 'training.learning_rate' must be greater than 0, current value is -1",
  ],
  [
    'NaN',
    ['training.learning_rate=nan'],
    "override 'training.learning_rate=nan': 'training.learning_rate' must be a number, current value is NaN",
  ],
  [
    'a mapping in the place of a value',
    ['name={a: 1}'],
    "override 'name={a: 1}': 'name' must be text, current value is a mapping",
  ],
  ['null', ['name=null'], "override 'name=null': 'name' must be text, current value is null"],
  [
    'what the schema’s author forbids',
    ['training.learning_rate=0.5'],
    "train.yaml:2: 'training': must not be one half, current value is a mapping",
  ],
  ['a placeholder', ['name=???'], "override 'name=???': 'name' is marked ??? and must be given: name=VALUE"],
  [
    'a misspelt key that looks like an option of a group',
    ['objectiv=sft'],
    "override 'objectiv=sft': unknown key 'objectiv'. Did you mean 'objective'?",
  ],
];

for (const [fault, overrides, message] of single) {
  test(`validateConfig() refuses ${fault}`, async () => {
    expect(await faults(good, overrides)).toEqual([message]);
  });
}

test('validateConfig() says which file it is about, or none', async () => {
  await expect(check('')).rejects.toThrow(`Cannot use configuration '${join(directory, 'train.yaml')}'`);
  const composed = await composeConfig({ values: { a: 1 } });
  expect(() => validateConfig(z.object({}), composed)).toThrow(
    "Cannot use the configuration\n  - unknown key 'a'. No keys are known there",
  );
});

test('validateConfig() finds unknown keys in unions, intersections, tuples and recursive schemas', async () => {
  const tree: z.ZodType = z.object({
    size: z.number(),
    get child() {
      return tree.optional();
    },
  });
  const wide = z.object({
    tree,
    pair: z.tuple([z.object({ x: z.number() }), z.object({ y: z.number() })]),
    both: z.intersection(z.object({ a: z.number() }), z.object({ b: z.number() })),
    either: z
      .union([z.array(z.object({ p: z.number() })), z.object({ q: z.number() }), z.number()])
      .nullable(),
  });
  const values = {
    tree: { size: 1, child: { size: 2, sise: 3 } },
    pair: [{ x: 1, y: 1 }, { y: 1 }],
    both: { a: 1, b: 2, cc: 3 },
    either: { q: 1, p: 2 },
  };
  const composed = await composeConfig({ values });
  expect(() => validateConfig(wide, composed)).toThrow(
    [
      'Cannot use the configuration',
      "  - unknown key 'tree.child.sise'. Did you mean 'tree.child.size'?",
      "  - unknown key 'pair.0.y'. Did you mean 'pair.0.x'?",
      "  - unknown key 'both.cc'. Did you mean 'both.a'?",
      "  - unknown key 'either.p'. Did you mean 'either.q'?",
    ].join('\n'),
  );
});

test('formatConfig() writes YAML that composes to the same values', async () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
  );
  const odd = fc.constantFrom(
    '${a}',
    '\\${a}',
    'x\\\\${',
    'true',
    '1e5',
    '',
    '# no',
    '- a',
    'a: b',
    '<<',
    '0x10',
    ' a ',
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, odd, fc.array(tie('value'), { maxLength: 3 }), tie('map')),
    map: fc.dictionary(fc.oneof(fc.string(), odd), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).map;
  const file = join(directory, 'any.yaml');
  await fc.assert(
    fc.asyncProperty(tree, async (map) => {
      const config = { top: map };
      writeFileSync(file, formatConfig(config));
      const { values } = await composeConfig({ file, environment: {} });
      expect(values).toEqual(config);
    }),
    { numRuns: 200 },
  );
});

test('formatConfig() prints plainly, without undefined members', () => {
  const config = { name: 'run', training: { lr: 5e-7, steps: undefined, betas: [0.9, 0.95] }, note: null };
  expect(formatConfig(config)).toBe(
    'name: run\ntraining:\n  lr: 5e-7\n  betas:\n    - 0.9\n    - 0.95\nnote: null\n',
  );
});

test('jsonSchema() lets editors refuse unknown keys, know defaults and allow interpolation', () => {
  const written = jsonSchema(
    z.object({
      lr: z.number().positive().default(0.1).describe('step size'),
      on: z.boolean(),
      kind: z.enum(['a', 'b']).optional(),
      sub: z.looseObject({ n: z.int() }).optional(),
    }),
  );
  const reference = { type: 'string', pattern: '\\$\\{.+\\}' };
  expect(written).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    additionalProperties: false,
    required: ['on'],
    properties: {
      defaults: { type: 'array' },
      lr: {
        anyOf: [{ type: 'number', exclusiveMinimum: 0 }, reference],
        default: 0.1,
        description: 'step size',
      },
      on: { anyOf: [{ type: 'boolean' }, reference] },
      kind: { type: 'string', enum: ['a', 'b'] },
      sub: { additionalProperties: {}, required: ['n'] },
    },
  });
});
