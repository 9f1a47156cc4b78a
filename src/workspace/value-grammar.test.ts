// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own interpolation
import { expect, test } from 'vitest';
import { parseValue } from './value-grammar.ts';

// Each was also given to Hydra 1.3, whose answer is the same unless the name of the test says otherwise.
const accepted: readonly (readonly [string, unknown])[] = [
  ['', ''],
  ['  ', ''],
  [' a ', 'a'],
  ['a b', 'a b'],
  ['1', 1],
  ['+1', 1],
  ['-1.5e-3', -0.0015],
  ['5e-7', 5e-7],
  ['1_000', 1000],
  ['.5', 0.5],
  ['5.', 5],
  ['007', '007'],
  ['1 x', '1 x'],
  ['TRUE', true],
  ['false', false],
  ['true x', 'true x'],
  ['Null', null],
  ['nan', NaN],
  ['-inf', -Infinity],
  ["'1'", '1'],
  ['"a,b"', 'a,b'],
  ["'it\\'s'", "it's"],
  ["'a\\\\b'", 'a\\\\b'],
  ['"a\\"b\\\\"', 'a"b\\'],
  ["'C:\\x'", 'C:\\x'],
  ['C:\\x\\y', 'C:\\x\\y'],
  ['a\\,b', 'a,b'],
  ['\\ x', ' x'],
  ['a:b', 'a:b'],
  ['hf://a/b@main', 'hf://a/b@main'],
  ['[]', []],
  ["[a, b,'c,d',1, [2]]", ['a', 'b', 'c,d', 1, [2]]],
  ['{}', {}],
  ['{a:1,b: {c: x y}}', { a: 1, b: { c: 'x y' } }],
  ['{x y: c}', { 'x y': 'c' }],
  ['{a: []}', { a: [] }],
  ['${lr}', '${lr}'],
  ['x${lr}y', 'x${lr}y'],
  ['\\${lr}', '\\${lr}'],
  ["'${lr}'", '${lr}'],
  ['[${a.b},x]', ['${a.b}', 'x']],
  ['{a: ${oc.env:B,c}}', { a: '${oc.env:B,c}' }],
];

for (const [text, value] of accepted) {
  test(`parseValue() reads ${JSON.stringify(text)}`, () => {
    expect(parseValue(text)).toEqual(value);
  });
}

test('parseValue() allows, beyond Hydra, =, letters of all alphabets, quoted keys and escaped words', () => {
  expect(parseValue('http://x/y?z=1&b#c')).toBe('http://x/y?z=1&b#c');
  expect(parseValue('größe')).toBe('größe');
  expect(parseValue("{'a b': 1}")).toEqual({ 'a b': 1 });
  expect(parseValue('"a" ')).toBe('a');
  expect(parseValue('${a.${b}}')).toBe('${a.${b}}');
});

const refused: readonly (readonly [string, string])[] = [
  ['a,b', "several values need brackets ([a,b]), one value with a comma needs quotes ('a,b')"],
  ["it's", `at column 3 of "it's", ''' is unexpected; put the value in quotes`],
  ['a(b)', "'(' is unexpected"],
  ['a[0]', "'[' is unexpected"],
  ["'a", "the closing ' is missing"],
  ["'a'b", "'b' is unexpected"],
  ['[a', "']' is missing"],
  ['[a,]', "a value is missing before ']'"],
  ['[,]', "a value is missing before ','"],
  ['{a:}', "a value is missing before '}'"],
  ['{a}', 'a mapping is written {key: value}'],
  ['{a: 1, a: 2}', "key 'a' stands twice"],
  ['a]', "']' is unexpected"],
  ['${a', "the closing '}' of ${...} is missing"],
  ['12345678901234567890', 'is beyond the integers that a number holds exactly'],
];

for (const [text, message] of refused) {
  test(`parseValue() refuses ${JSON.stringify(text)}`, () => {
    expect(() => parseValue(text)).toThrow(message);
  });
}
