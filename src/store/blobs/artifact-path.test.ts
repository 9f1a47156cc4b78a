import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artifactPath, isArtifactPath, longestPath, longestSegment } from './artifact-path.ts';

test.each([
  'model',
  'a/b/c.txt',
  '0/0123456789abcdef0123456789abcdef/artifacts/model/MLmodel',
  'a b/ü/日本語/😀',
  '50%off',
  '100%/x',
  'a%20b',
  'a%2Fb',
  '...',
  '..a/b..',
  '.hidden',
  'C/x',
  'metric:loss',
  'x'.repeat(longestSegment),
])('artifactPath(%j) lets a relative path through as it is', (text) => {
  expect(artifactPath(text)).toBe(text);
});

test.each([
  ['', 'empty segment'],
  ['/', 'absolute'],
  ['/etc/passwd', 'absolute'],
  ['//host/share', 'absolute'],
  ['..', "segment '..'"],
  ['../x', "segment '..'"],
  ['a/../../x', "segment '..'"],
  ['a/./b', "segment '.'"],
  ['a//b', 'empty segment'],
  ['a/', 'empty segment'],
  ['..\\x', 'backslash'],
  ['a\\b', 'backslash'],
  ['C:/x', 'drive letter'],
  ['c:x', 'drive letter'],
  ['a\0b', 'control character'],
  ['a\nb', 'control character'],
  ['a\u009fb', 'control character'],
  ['\ud800', 'well-formed'],
  ['%2e%2e/x', 'when decoded'],
  ['%2E%2e%2fx', 'when decoded'],
  ['a/%2e./x', 'when decoded'],
  ['%252e%252e%252fx', 'when decoded'],
  ['%25252e%25252e/x', 'when decoded'],
  ['%2fetc/passwd', 'when decoded'],
  ['a%2f%2fb', 'when decoded'],
  ['a%5c..%5cb', 'when decoded'],
  ['a%00b', 'when decoded'],
  ['%43%3a/x', 'when decoded'],
  ['%zz/%2e%2e/x', 'when decoded'],
  ['x'.repeat(longestSegment + 1), 'bytes'],
  ['ü'.repeat(longestSegment / 2 + 1), 'bytes'],
  [`${'abc/'.repeat(longestPath / 4)}x`, 'bytes'],
])('artifactPath(%j) refuses what leaves a root or cannot be a name', (text, reason) => {
  expect(() => artifactPath(text)).toThrow(reason);
  expect(() => artifactPath(text)).toThrow(/^Cannot use .* as a path: .*; use a relative path/s);
});

// Texts made of what attacks are made of, so that the interesting ones are common.
const pieces = [
  '.',
  '..',
  '/',
  '\\',
  '%',
  '2e',
  '2E',
  '2f',
  '5c',
  '25',
  '00',
  'C:',
  ':',
  'a',
  '~',
  ' ',
  'ü',
  '\0',
];
const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

test('artifactPath() lets nothing through that resolves outside of a root, decoded however often', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' }), fc.webPath()), (text) => {
      if (!isArtifactPath(text)) return;
      for (const form of decodings(text)) {
        expect(posix.resolve('/root', form)).toMatch(/^\/root\/./s);
        expect(posix.normalize(form)).toBe(form);
        expect(win32.resolve('Z:\\root', form)).toMatch(/^Z:\\root\\./s);
      }
    }),
    { numRuns: 5_000 },
  );
});

test('artifactPath() lets plain names through', () => {
  const name = fc.stringMatching(/^[\w .\-+=()]{1,30}$/).filter((text) => !/^\.{1,2}$/.test(text));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), (names) => {
      expect(artifactPath(names.join('/'))).toBe(names.join('/'));
    }),
  );
});

/** The text, and what strict and lenient readers make of it, until nothing changes. */
function decodings(text: string): Set<string> {
  const forms = new Set([text]);
  for (const form of forms) {
    forms.add(unescape(form));
    try {
      forms.add(decodeURIComponent(form));
    } catch {
      // A strict reader refuses this form.
    }
  }
  return forms;
}
