// JSON texts keep the spelling of numbers and have Python's layout.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, pythonFloat, pythonJson, tryParseJson } from './json-text.ts';

test('parseJson and pythonJson keep integers of any size, floats that are whole, and what only Python writes', () => {
  const text =
    '{"a": 1.0, "b": 12345678901234567890, "c": [NaN, Infinity, -Infinity], "d": "NaN Infinity", "e": 1e-05}';
  expect(pythonJson(parseJson(text))).toBe(text);
});

test('pythonJson of a parsed text means the same as the text', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.parse(pythonJson(parseJson(text)))).toEqual(JSON.parse(text));
    }),
  );
});

test('pythonJson sorts by code point and escapes as it is told', () => {
  expect(
    pythonJson({ b: 'ü', a: [true, null], '\u{1f600}': 0, '\uffff': 0.5 }, { sortKeys: true, ascii: true }),
  ).toBe('{"a": [true, null], "b": "\\u00fc", "\\uffff": 0.5, "\\ud83d\\ude00": 0}');
});

test("pythonFloat writes as Python's repr", () => {
  expect([1, 0.1, 1e-5, 1.5e-7, 1e16, 1.5e300, -0, 123456.789].map(pythonFloat)).toEqual([
    '1.0',
    '0.1',
    '1e-05',
    '1.5e-07',
    '1e+16',
    '1.5e+300',
    '-0.0',
    '123456.789',
  ]);
});

test('tryParseJson gives nothing for what is no JSON', () => {
  expect(tryParseJson('{a}')).toBeUndefined();
});
