// What is recorded has no secrets in it.
import { expect, test } from 'vitest';
import { redactedMembers, redactor, withoutSecretFiles } from './redact.ts';

test('redactor() hides values of secret variables, also as JSON has them, and leaves the others', () => {
  const redact = redactor({ MY_API_KEY: 'abc"def', DB_PASSWORD: 'x1', HOME: '/home/me', HF_TOKEN: 'abcdef' });
  expect(redact('abc"def abc\\"def /home/me x1 abcdef')).toBe('*** *** /home/me x1 ***');
  expect(redactedMembers({ a: ['abcdef', 1, { b: 'abcdef' }], c: null }, redact)).toEqual({
    a: ['***', 1, { b: '***' }],
    c: null,
  });
});

test('redactor() hides tokens by their shape, passwords in addresses and private keys', () => {
  const redact = redactor({});
  expect(redact(`key = hf_${'a'.repeat(30)}; https://me:pass@host/x`)).toBe('key = ***; https://***@host/x');
  expect(redact('-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nrest')).toBe(
    '***\nrest',
  );
  expect(redact('loss: 0.5, https://host:80/x')).toBe('loss: 0.5, https://host:80/x');
});

test('withoutSecretFiles() leaves the differences of files out that hold secrets as a rule', () => {
  const part = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n+value\n`;
  const diff = part('src/a.ts') + part('.env.local') + part('keys/server.pem') + part('b.ts');
  const kept = withoutSecretFiles(diff);
  expect(kept.match(/\+value/g)).toHaveLength(2);
  expect(kept).toContain('diff of .env.local left out');
});
