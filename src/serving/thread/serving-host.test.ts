// Models in a thread of their own: texts, refusals, cancellations, and a server that is not held up.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BusyError, ContextLengthError, InputError } from '../../core/index.ts';
import { writeTinyChatModel } from '../../testing/tiny-chat-model.ts';
import type { TextEvent } from '../chat/index.ts';
import type { FinishedText } from '../engine/index.ts';
import type { ThreadRequest } from './messages.ts';
import { ServingHost } from './serving-host.ts';

const base = mkdtempSync(join(tmpdir(), 'hone-thread-'));
const finished: FinishedText[] = [];
let host: ServingHost;

beforeAll(async () => {
  await writeTinyChatModel(base);
  host = new ServingHost({
    runner: { slots: 2 },
    engine: { queueLimit: 1 },
    onFinish: (text) => finished.push(text),
  });
});
afterAll(async () => {
  await host.close();
  rmSync(base, { recursive: true, force: true });
});

async function all(events: AsyncIterable<TextEvent>): Promise<TextEvent[]> {
  const list: TextEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const messages = [{ role: 'user', content: 'Where is my parcel?' }];
const request: ThreadRequest = { prompt: { messages }, maxNewTokens: 12, sampling: { temperature: 0 } };

async function eventsOf(more: Partial<ThreadRequest> = {}, signal?: AbortSignal): Promise<TextEvent[]> {
  return await all(await host.generate({ base }, { ...request, ...more }, signal));
}

test('generate() tells the events of a text, the same each time, and of its end', async () => {
  const events = await eventsOf({
    alternatives: 1,
    sampling: { temperature: 0, logitBias: new Map([[5, -100]]) },
  });
  expect(events.at(-1)).toMatchObject({ type: 'usage', usage: { newTokens: 12 } });
  expect(await eventsOf()).toEqual(await eventsOf());
  await expect.poll(() => finished.length).toBe(3);
  expect(await host.snapshot()).toMatchObject([{ base, running: 0, texts: { done: 3 } }]);
});

test('generate() refuses by the error that the model had', async () => {
  await expect(eventsOf({ stop: ['a', 'b', 'c', 'd', 'e'] })).rejects.toThrow(InputError);
  const refusal = await eventsOf({ maxNewTokens: 1_000_000 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ContextLengthError);
  expect(refusal).toMatchObject({ newTokens: 1_000_000, promptTokens: expect.any(Number) });
  await expect(host.generate({ base: join(base, 'nowhere') }, request)).rejects.toThrow(InputError);
});

const endless: Partial<ThreadRequest> = {
  maxNewTokens: 400,
  sampling: { temperature: 0, logitBias: new Map([[40, 100]]) },
};
const running = async () =>
  (await host.snapshot()).reduce((sum, model) => sum + model.running + model.queued, 0);

test('a text that is left, and one whose signal aborts, is no longer written', async () => {
  for await (const _ of await host.generate({ base }, { ...request, ...endless })) break;
  const unread = await host.generate({ base }, { ...request, ...endless });
  await unread.return();
  const stop = new AbortController();
  const events = await host.generate({ base }, { ...request, ...endless }, stop.signal);
  stop.abort(new Error('gone'));
  await expect(all(events)).rejects.toThrow('gone');
  await expect(eventsOf({}, stop.signal)).rejects.toThrow('gone');
  await expect.poll(running).toBe(0);
});

test('a full model says when to come again', async () => {
  // All at once, so that none ends before the last is asked for
  const asked = Array.from({ length: 12 }, () => host.generate({ base }, { ...request, ...endless }));
  const answers = await Promise.allSettled(asked);
  const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(12);
  for (const refusal of refusals) {
    expect(refusal).toBeInstanceOf(BusyError);
    expect(refusal).toMatchObject({ retryAfterMs: expect.any(Number) });
  }
  for (const answer of answers) if (answer.status === 'fulfilled') await answer.value.return();
  await expect.poll(running).toBe(0);
});

test('drain() lets texts under way end and takes no more', async () => {
  const own = new ServingHost({ runner: { slots: 1 } });
  const events = await own.generate({ base }, request);
  const drained = own.drain();
  await expect(own.generate({ base }, request)).rejects.toThrow(BusyError);
  expect((await all(events)).at(-1)).toMatchObject({ type: 'usage' });
  await drained;
  await own.close();
});
