// Secrets: nothing but reveal() gives one out.
import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test('Secret shows asterisks wherever a text is made of it, and its text to reveal() alone', () => {
  const secret = new Secret('planted');
  const texts = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
    Object.entries(secret).join(),
    new Error(`Cannot use ${secret}`).message,
  ];
  for (const text of texts) expect(text).not.toContain('planted');
  expect(texts[0]).toBe('***');
  expect(secret.reveal()).toBe('planted');
});

test('Secret is not copied by a structured clone', () => {
  expect(JSON.stringify(structuredClone(new Secret('planted')))).not.toContain('planted');
});
