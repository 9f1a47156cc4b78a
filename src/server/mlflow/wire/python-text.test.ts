// Numbers and texts against what Python's json.dumps prints for them.
import { expect, test } from 'vitest';
import { pythonFloat, pythonJson, pythonString } from './python-text.ts';

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [0.1, '0.1'],
  [1e-4, '0.0001'],
  [9.999e-5, '9.999e-05'],
  [1e-5, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [5e-324, '5e-324'],
  [1e15, '1000000000000000.0'],
  [9999999999999998, '9999999999999998.0'],
  [1e16, '1e+16'],
  [-1.2345678901234568e17, '-1.2345678901234568e+17'],
  [1e22, '1e+22'],
  [1e100, '1e+100'],
  [1 / 3, '0.3333333333333333'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [Number.POSITIVE_INFINITY, '1.7976931348623157e+308'],
  [Number.NEGATIVE_INFINITY, '-1.7976931348623157e+308'],
  [Number.NaN, '"NaN"'],
])('pythonFloat() prints %s as Python does', (value, printed) => {
  expect(pythonFloat(value)).toBe(printed);
});

test.each([
  ['plain / text', '"plain / text"'],
  ['"\\', '"\\"\\\\"'],
  ['\u0000\u0001\u001f\u007f\u0080', '"\\u0000\\u0001\\u001f\\u007f\\u0080"'],
  ['\t\n\r\b\f', '"\\t\\n\\r\\b\\f"'],
  ['é😀\u2028', '"\\u00e9\\ud83d\\ude00\\u2028"'],
])('pythonString() prints %j as Python does', (value, printed) => {
  expect(pythonString(value)).toBe(printed);
});

test('pythonJson() is compact with sorted keys, and ends for what is deep or long', () => {
  expect(pythonJson({ b: [1, 2.5, 'é'], a: null, c: true })).toBe(
    '{"a":null,"b":[1,2.5,"\\u00e9"],"c":true}',
  );
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(pythonJson(deep)).toBe('[[[[[[[[...]]]]]]]]');
  expect(pythonJson('x'.repeat(10_000_000)).length).toBeLessThan(2000);
});
