// Server-sent events: what is told, and what becomes of errors before and behind the first.

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { BusyError } from '../../core/index.ts';
import { eventStream } from './sse.ts';

async function* failing(
  values: readonly unknown[],
  error: unknown,
): AsyncGenerator<unknown, void, undefined> {
  yield* values;
  throw error;
}

/** What is sent until the stream ends, and the error by which it does. */
async function read(values: AsyncGenerator<unknown, void, undefined>) {
  const { body } = await eventStream(values, 'req_1');
  if (!(body instanceof Readable)) throw new Error('It is no stream');
  let sent = '';
  try {
    for await (const part of body) sent += part;
    return { sent };
  } catch (error) {
    return { sent, error };
  }
}

test('eventStream() sends each value, a sign of life for none, and the end', async () => {
  const values = (async function* () {
    yield { a: 'é\n' };
    yield undefined;
  })();
  const { body, headers } = await eventStream(values, 'req_1');
  expect(headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
  if (!(body instanceof Readable)) throw new Error('It is no stream');
  expect(await text(body)).toBe('data: {"a":"é\\n"}\n\n: still there\n\ndata: [DONE]\n\n');
});

test('eventStream() throws an error that comes first', async () => {
  await expect(eventStream(failing([], new BusyError('Full', 1)), 'req_1')).rejects.toThrow('Full');
});

test('eventStream() tells a later error; a fault ends the stream by itself, for the log', async () => {
  const busy = await read(failing([1], new BusyError('Full', 1)));
  expect(busy.error).toBeUndefined();
  const [first, second, end] = busy.sent.split('\n\n');
  expect([first, end]).toEqual(['data: 1', '']);
  expect(JSON.parse(second?.slice(6) ?? '')).toEqual({
    error: { message: 'Full', type: 'requests', param: null, code: 'rate_limit_exceeded' },
  });
  const fault = await read(failing([1], new TypeError('secret')));
  expect(fault.error).toMatchObject({ message: 'secret' });
  expect(fault.sent).toContain('server_error');
  expect(fault.sent).not.toContain('secret');
});

test('eventStream() leaves its source when nobody reads any more', async () => {
  let left = false;
  const values = (async function* () {
    try {
      for (;;) yield 1;
    } finally {
      left = true;
    }
  })();
  const { body } = await eventStream(values, 'req_1');
  if (!(body instanceof Readable)) throw new Error('It is no stream');
  for await (const _ of body) break;
  expect(left).toBe(true);
});
