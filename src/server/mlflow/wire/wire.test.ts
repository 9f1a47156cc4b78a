// The wire: what a request may say, MLflow's texts for what it may not, and how an answer is printed.
import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { InputError } from '../../../core/index.ts';
import {
  aliased,
  bool,
  double,
  enumeration,
  type Infer,
  int32,
  int64,
  message,
  type Output,
  parseBody,
  readMessage,
  readQueryMessage,
  repeated,
  required,
  string,
  withDefault,
  writeMessage,
} from './index.ts';

const seeDocs = 'See the API docs for more information about request parameters.';
const tag = message({ key: string(), value: string() });
const metric = message({
  key: required(string()),
  value: required(double()),
  timestamp: required(int64()),
  step: withDefault(int64(), 0),
});
const batch = message({
  run_id: aliased(required(string()), 'run_uuid'),
  metrics: repeated(metric),
  tags: repeated(tag),
});
const search = message({
  experiment_ids: repeated(string()),
  max_results: withDefault(int32({ max: 50_000 }), 1000),
  view: withDefault(enumeration(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']), 'ACTIVE_ONLY'),
  flat: bool(),
  page_token: string(),
});

test('types of messages are inferred: required, defaulted and repeated fields are there when read', () => {
  expectTypeOf<Infer<typeof metric>>().toEqualTypeOf<{
    readonly key: string;
    readonly value: number;
    readonly timestamp: number;
    readonly step: number;
  }>();
  expectTypeOf<Infer<typeof tag>>().toEqualTypeOf<{
    readonly key?: string | undefined;
    readonly value?: string | undefined;
  }>();
  expectTypeOf<Infer<typeof search>['experiment_ids']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Infer<typeof search>['view']>().toEqualTypeOf<'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'>();
  expectTypeOf<Output<typeof batch>['tags']>().toEqualTypeOf<
    readonly { readonly key?: string | undefined; readonly value?: string | undefined }[] | undefined
  >();
});

test('readMessage() takes what protobuf takes and ignores what it does not know', () => {
  const metrics = [
    { key: 'a', value: '1.5', timestamp: '3', step: 2.0, colour: 'red' },
    { key: 'b', value: 'NaN', timestamp: 1.5, step: null },
    { key: 'c', value: '-Infinity', timestamp: '3.0', step: -1 },
  ];
  expect(readMessage(batch, { run_uuid: 'r', metrics, unknown: [[]] })).toEqual({
    run_id: 'r',
    metrics: [
      { key: 'a', value: 1.5, timestamp: 3, step: 2 },
      { key: 'b', value: Number.NaN, timestamp: 1, step: 0 },
      { key: 'c', value: Number.NEGATIVE_INFINITY, timestamp: 3, step: -1 },
    ],
    tags: [],
  });
  expect(readMessage(search, { maxResults: 5, view: 3 })).toMatchObject({ max_results: 5, view: 'ALL' });
});

test.each([
  [{}, `Missing value for required parameter 'run_id'. ${seeDocs}`],
  [{ run_id: '' }, `Missing value for required parameter 'run_id'. ${seeDocs}`],
  [
    { run_id: 123 },
    `Invalid value 123 for parameter 'run_id' supplied:  Hint: Value was of type 'int'. ${seeDocs}`,
  ],
  [
    { run_id: ['é', { b: 1.5 }] },
    `Invalid value ["\\u00e9",{"b":1.5}] for parameter 'run_id' supplied:  Hint: Value was of type 'list'. ${seeDocs}`,
  ],
  [
    { run_id: 'r', metrics: [{ key: 'a', value: 1 }] },
    `Missing value for required parameter 'metrics[0].timestamp'. ${seeDocs}`,
  ],
  [
    { run_id: 'r', tags: [{}, { key: true }] },
    `Invalid value true for parameter 'tags[1].key' supplied:  Hint: Value was of type 'bool'. ${seeDocs}`,
  ],
  [
    { run_id: 'r', metrics: [{ key: 'a', value: 'abc', timestamp: 0 }] },
    `Invalid value "abc" for parameter 'metrics[0].value' supplied:  Hint: Value was of type 'str'. ${seeDocs}`,
  ],
  [
    { run_id: 'r', metrics: 'x' },
    `Invalid value "x" for parameter 'metrics' supplied:  Hint: Value was of type 'str'. ${seeDocs}`,
  ],
  [
    { run_id: 'r', metrics: [{ key: 'a', value: 1, timestamp: 1e30 }] },
    `Invalid value 1e+30 for parameter 'metrics[0].timestamp' supplied: Value must be between -9007199254740991 and 9007199254740991. ${seeDocs}`,
  ],
  [
    { run_id: Number.NaN },
    `Invalid value NaN for parameter 'run_id' supplied:  Hint: Value was of type 'float'. ${seeDocs}`,
  ],
  [
    { run_id: 'a\0' },
    `Invalid value "a\\u0000" for parameter 'run_id' supplied: It contains the character NUL, which cannot be kept. ${seeDocs}`,
  ],
  [
    { run_id: 'a\ud800' },
    `Invalid value "a\\ud800" for parameter 'run_id' supplied: It contains half of a surrogate pair, which is no character. ${seeDocs}`,
  ],
])('readMessage() refuses %j with MLflow’s text', (json, text) => {
  expect(() => readMessage(batch, json)).toThrow(new InputError(text));
});

test('readQueryMessage() reads texts: numbers, booleans, and a list even of one', () => {
  expect(
    readQueryMessage(search, { experiment_ids: '1', max_results: '7', flat: 'True', other: 'x' }),
  ).toEqual({
    experiment_ids: ['1'],
    max_results: 7,
    view: 'ACTIVE_ONLY',
    flat: true,
    page_token: undefined,
  });
  expect(readQueryMessage(search, { experiment_ids: ['1', '2'], page_token: ['a', 'b'] })).toMatchObject({
    experiment_ids: ['1', '2'],
    page_token: 'a',
  });
  expect(readQueryMessage(search, { view: '2' }).view).toBe('DELETED_ONLY');
  expect(() => readQueryMessage(search, { flat: 'yes' })).toThrow(
    new InputError("Invalid boolean value: yes, must be 'true' or 'false'."),
  );
  expect(() => readQueryMessage(search, { max_results: '50001' })).toThrow(
    `Invalid value "50001" for parameter 'max_results' supplied:  Hint: Value was of type 'str'. ${seeDocs}`,
  );
  expect(() => readQueryMessage(search, { view: 'NONE' })).toThrow(
    `Invalid value "NONE" for parameter 'view' supplied: Value must be one of ACTIVE_ONLY, DELETED_ONLY, ALL. ${seeDocs}`,
  );
});

test('a list that is required may be empty', () => {
  const ids = message({ ids: required(repeated(string())) });
  expect(readMessage(ids, { ids: [] })).toEqual({ ids: [] });
  expect(readQueryMessage(ids, { ids: 'a' })).toEqual({ ids: ['a'] });
  expect(() => readMessage(ids, {})).toThrow("Missing value for required parameter 'ids'");
});

test.each([
  ['', {}],
  ['null', {}],
  ['{"a":', {}],
  ['{"a":1}', { a: 1 }],
  ['"{\\"a\\":1}"', { a: 1 }],
  ['"no json"', {}],
  ['{"a":[NaN,-Infinity,1],"b":"NaN\\" Infinity"}', { a: [Number.NaN, -Infinity, 1], b: 'NaN" Infinity' }],
  ['{"a":NaN', {}],
  ['\ufeff{"a":1}', { a: 1 }],
])('parseBody() reads %j as MLflow does', (text, json) => {
  expect(parseBody(Buffer.from(text))).toEqual(json);
});

test('parseBody() refuses JSON that is no object, and survives depth and broken UTF-8', () => {
  expect(() => parseBody(Buffer.from('[1]'))).toThrow('its body is a JSON list; send an object');
  expect(() => parseBody(Buffer.from('7'))).toThrow(InputError);
  expect(parseBody(Buffer.from([0x7b, 0xff, 0x7d]))).toEqual({});
  const deep = `{"run_id":"r","metrics":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  expect(() => readMessage(batch, parseBody(Buffer.from(deep)))).toThrow(InputError);
});

test('readers throw nothing but InputError, whatever comes', () => {
  const value = fc.oneof(fc.jsonValue(), fc.anything());
  const near = fc.record(
    {
      run_id: value,
      key: value,
      value,
      timestamp: value,
      metrics: fc.oneof(value, fc.array(value)),
      view: value,
      max_results: value,
    },
    { requiredKeys: [] },
  );
  const survives = (read: () => unknown): boolean => {
    try {
      read();
      return true;
    } catch (error) {
      return error instanceof InputError && error.message.length < 20_000;
    }
  };
  const reads = [
    (json: unknown) => readMessage(batch, json),
    (json: unknown) => readMessage(search, json),
    (json: unknown) => readMessage(metric, json),
  ];
  const all = fc.property(fc.oneof(value, near), (json) => reads.every((read) => survives(() => read(json))));
  fc.assert(all);
  fc.assert(fc.property(fc.string(), (text) => survives(() => parseBody(Buffer.from(text)))));
});

test('what is written is read back the same', () => {
  const full = message({
    name: string(),
    count: int64(),
    share: double(),
    is: bool(),
    tags: repeated(tag),
    one: tag,
  });
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0') && one.isWellFormed());
  const value = fc.record({
    name: text,
    count: fc.maxSafeInteger(),
    share: fc.double({ noDefaultInfinity: true }),
    is: fc.boolean(),
    tags: fc.array(fc.record({ key: text, value: text })),
    one: fc.record({ key: text, value: text }),
  });
  fc.assert(
    fc.property(value, (one) => {
      const printed = writeMessage(full, one);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the answer is to be ASCII
      expect(printed).toMatch(/^[\x00-\x7f]*$/);
      expect(readMessage(full, JSON.parse(printed))).toEqual({
        ...one,
        count: one.count === 0 ? 0 : one.count,
      });
    }),
  );
});

test('writeMessage() prints fields in their order, leaves out the absent, keeps the empty', () => {
  const run = message({
    info: message({
      run_id: string(),
      status: enumeration(['RUNNING', 'FINISHED']),
      user_id: string(),
      end_time: int64(),
    }),
    data: message({ metrics: repeated(metric), tags: repeated(tag) }),
    inputs: message({}),
  });
  const value = {
    inputs: {},
    data: { tags: [{ key: 'k', value: '' }], metrics: [] },
    info: { user_id: '', run_id: 'r', status: 'RUNNING' as const },
  };
  expect(writeMessage(message({ run, list: repeated(string()) }), { run: value, list: ['a', 'b'] })).toBe(`{
  "run": {
    "info": {
      "run_id": "r",
      "status": "RUNNING",
      "user_id": ""
    },
    "data": {
      "tags": [
        {
          "key": "k",
          "value": ""
        }
      ]
    },
    "inputs": {}
  },
  "list": [
    "a",
    "b"
  ]
}`);
  expect(writeMessage(run, {})).toBe('{}');
});
