// Previews show the last word of a chat, or the JSON.
import { expect, test } from 'vitest';
import { previewOf } from './preview.ts';

test('previewOf finds the message of a chat, whatever the layout', () => {
  const messages = [
    { role: 'user', content: 'first' },
    { role: 'user', content: [{ type: 'text', text: 'second' }] },
    { role: 'assistant', content: 'answer' },
  ];
  expect(previewOf(JSON.stringify({ messages }), 'user')).toBe('second');
  expect(previewOf(JSON.stringify({ request: { input: messages } }), 'user')).toBe('second');
  expect(previewOf(JSON.stringify({ choices: [{ message: messages[2] }] }), 'assistant')).toBe('answer');
});

test('previewOf cuts to 1,000 characters', () => {
  const preview = previewOf(JSON.stringify('\u{1f600}'.repeat(2000)), 'user');
  expect(Array.from(preview)).toHaveLength(1000);
  expect(preview).toMatch(/^"\u{1f600}.*\.\.\.$/u);
  expect(previewOf('{"x": 1}', 'user')).toBe('{"x": 1}');
});
