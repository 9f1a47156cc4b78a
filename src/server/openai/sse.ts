// Server-sent events as OpenAI's clients read them: one JSON a line, `[DONE]` at the end.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Answer } from '../http/call.ts';
import { errorBody } from './errors.ts';

/**
 * The answer that sends values as they come; `undefined` keeps the connection alive. An error before the first value is thrown, one
 * behind it is told in the stream.
 */
export async function eventStream(
  values: AsyncGenerator<unknown, void, undefined>,
  requestId: string,
): Promise<Answer> {
  const first = await values.next();
  return {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    },
    body: Readable.from(lines(first, values, requestId)),
  };
}

async function* lines(
  first: IteratorResult<unknown, void>,
  rest: AsyncGenerator<unknown, void, undefined>,
  requestId: string,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (!first.done) yield line(first.value);
    for await (const value of rest) yield line(value);
    yield Buffer.from('data: [DONE]\n\n');
  } catch (error) {
    const { isFault, ...body } = errorBody(error, requestId);
    yield line(body);
    if (!isFault) return;
    // Told to the client first, then to the log.
    await setImmediate();
    throw error;
  } finally {
    await rest.return();
  }
}

function line(value: unknown): Buffer {
  return Buffer.from(value === undefined ? ': still there\n\n' : `data: ${JSON.stringify(value)}\n\n`);
}
