// Types of columns, as MLflow would tell them.
import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';

test('columnsOf() tells the types of values and which columns are always there', () => {
  const rows = [
    { prompt: 'a', id: 1, score: 1, ok: true, when: new Date(0), bytes: Uint8Array.of(1), big: 1n },
    { prompt: 'b', id: 2, score: 0.5, ok: false, when: null, bytes: Uint8Array.of(2), big: 2n, late: 'x' },
  ];
  expect(columnsOf(rows)).toEqual([
    { type: 'string', name: 'prompt', required: true },
    { type: 'long', name: 'id', required: true },
    { type: 'double', name: 'score', required: true },
    { type: 'boolean', name: 'ok', required: true },
    { type: 'datetime', name: 'when', required: false },
    { type: 'binary', name: 'bytes', required: true },
    { type: 'long', name: 'big', required: true },
    { type: 'string', name: 'late', required: false },
  ]);
});

test('columnsOf() looks into lists and objects', () => {
  const rows = [
    { messages: [{ role: 'user', content: 'a' }, { role: 'assistant' }], tags: [] },
    { messages: [], tags: ['x', null] },
  ];
  expect(columnsOf(rows)).toEqual([
    {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          content: { type: 'string', required: false },
          role: { type: 'string', required: true },
        },
      },
      name: 'messages',
      required: true,
    },
    { type: 'array', items: { type: 'string' }, name: 'tags', required: true },
  ]);
});

test('columnsOf() says any for values of several types, whatever their order, and for none', () => {
  const rows = [{ a: 'x', b: null, c: {} }, { a: 1 }, { a: 'y' }];
  expect(columnsOf(rows)).toEqual([
    { type: 'any', name: 'a', required: true },
    { type: 'any', name: 'b', required: false },
    { type: 'any', name: 'c', required: false },
  ]);
  expect(columnsOf([])).toEqual([]);
});

test('columnsOf() takes names that objects have by themselves for names', () => {
  const rows: Record<string, unknown>[] = [{ x: { toString: 'a' } }, { x: { y: 1 } }];
  expect(columnsOf(rows)[0]).toMatchObject({
    properties: { toString: { type: 'string', required: false }, y: { type: 'long', required: false } },
  });
});
