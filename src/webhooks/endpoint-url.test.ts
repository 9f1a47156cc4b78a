// Addresses to which events are sent.
import { expect, test } from 'vitest';
import { endpointUrl } from './endpoint-url.ts';

test.each([
  ['https://example.org/hooks?team=a', 'https://example.org/hooks?team=a'],
  ['https://example.org/#top', 'https://example.org/'],
  ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
  ['http://localhost/x', 'http://localhost/x'],
  ['http://[::1]:1/x', 'http://[::1]:1/x'],
  ['http://127.1/', 'http://127.0.0.1/'],
])('endpointUrl(%j) takes it', (given, kept) => {
  expect(endpointUrl(given)).toBe(kept);
});

test.each([
  ['example.org/hooks', 'it is no address of the form https://HOST/PATH'],
  ['ftp://example.org', 'it is no address'],
  ['file:///etc/passwd', 'it is no address'],
  [
    'http://example.org',
    'http can be read and changed on its way; give https, or allow it by --insecure-http',
  ],
  ['http://localhost.example.org', 'http can be read'],
  ['http://127.0.0.1.example.org', 'http can be read'],
  ['http://10.0.0.1', 'http can be read'],
])('endpointUrl(%j) refuses it', (given, message) => {
  expect(() => endpointUrl(given)).toThrow(message);
});

test('endpointUrl() refuses names and passwords, and does not repeat them', () => {
  const attempt = () => endpointUrl('https://ada:planted@example.org/');
  expect(attempt).toThrow('Cannot send events to "https://example.org/": it has a user name or a password');
});

test('endpointUrl() takes http to anywhere where that is meant', () => {
  expect(endpointUrl('http://10.0.0.1/x', { insecureHttp: true })).toBe('http://10.0.0.1/x');
});
