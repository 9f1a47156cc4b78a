import { expect, test } from 'vitest';
import { canonicalJson, fingerprint, sha256 } from './index.ts';

test('sha256() of text and bytes is the published digest', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256('abc')).toBe(abc);
  expect(sha256(new TextEncoder().encode('abc'))).toBe(abc);
});

test('canonicalJson() sorts keys at every depth and drops what is undefined', () => {
  const value = { b: [1, { d: null, c: 'ä' }], a: undefined, B: true };
  expect(canonicalJson(value)).toBe('{"B":true,"b":[1,{"c":"ä","d":null}]}');
  expect(JSON.parse(canonicalJson(value))).toEqual({ B: true, b: [1, { c: 'ä', d: null }] });
});

test('fingerprint() tells values apart that print alike, and no others', () => {
  expect(fingerprint({ a: 1, b: 2 })).toBe(fingerprint({ b: 2, a: 1 }));
  expect(fingerprint({ a: 1 })).toBe(fingerprint({ a: 1, b: undefined }));
  const different = [1, '1', [1], { 0: 1 }, null, 'null', [], {}, '', [[]], true].map(fingerprint);
  expect(new Set(different).size).toBe(different.length);
});

test('canonicalJson() refuses what JSON would lose', () => {
  expect(() => canonicalJson({ rate: Number.NaN })).toThrow('a number that is not finite: NaN');
  expect(() => canonicalJson([1n])).toThrow('a value of type bigint');
  expect(() => canonicalJson({ f: () => 1 })).toThrow('a value of type function');
  expect(() => canonicalJson({ at: new Date(0) })).toThrow('Cannot fingerprint a Date');
  expect(() => canonicalJson(new Map([['a', 1]]))).toThrow('Cannot fingerprint a Map');
  expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
});
