// The text of an API key.
import { expect, test } from 'vitest';
import { hashOf, keyIdOf, newKeySecret, publicPrefix } from './key-secret.ts';

test('newKeySecret() makes keys of one form that name themselves and differ', () => {
  const keys = Array.from({ length: 200 }, newKeySecret);
  for (const { id, secret, hash } of keys) {
    const text = secret.reveal();
    expect(text).toMatch(/^hone-sk-[0-9A-Za-z]{60}$/);
    expect(keyIdOf(text)).toBe(id);
    expect(text.startsWith(publicPrefix(id))).toBe(true);
    expect(hash).toBe(hashOf(text));
  }
  expect(new Set(keys.map(({ id }) => id)).size).toBe(200);
  expect(new Set(keys.map(({ hash }) => hash)).size).toBe(200);
});

test('keyIdOf() tells every typo of one character, and two that changed places', () => {
  const text = newKeySecret().secret.reveal();
  for (let at = 0; at < text.length; at++) {
    const changed = text[at] === 'x' ? 'y' : 'x';
    expect(keyIdOf(text.slice(0, at) + changed + text.slice(at + 1))).toBeUndefined();
    const swapped = text.slice(0, at) + (text[at + 1] ?? '') + text[at] + text.slice(at + 2);
    if (swapped !== text) expect(keyIdOf(swapped)).toBeUndefined();
  }
});
