// Continuous batching over a tiny model, each text against the generator that knows no scheduler.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BusyError, InputError, InterruptedError, ResourceError } from '../../core/index.ts';
import { openRunner } from '../model/index.ts';
import {
  eventsOf,
  greedy,
  type Oracle,
  openOracle,
  requestOf,
  tokenIds,
  tokensOf,
  writeTinyAdapter,
  writeTinyModel,
} from '../testing-models.ts';
import { WholePassRunner } from '../testing-runner.ts';
import { DecodeEngine, type DecodeEngineOptions, type FinishedText, type TokenRequest } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-engine-'));
const directory = join(folder, 'model');
let oracle: Oracle;
const opened: DecodeEngine[] = [];

beforeAll(async () => {
  await writeTinyModel(directory);
  oracle = await openOracle(directory);
});

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
});

afterAll(async () => {
  await oracle.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open({ slots = 4, capacity = 256, ...options }: OpenOptions = {}) {
  const runner = await WholePassRunner.open(directory, { slots, capacity });
  const engine = new DecodeEngine(runner, { prefillTokens: 16, ...options });
  opened.push(engine);
  return { engine, runner };
}

/** Over the runner that serves. */
async function openReal(): Promise<DecodeEngine> {
  const runner = await openRunner(directory, { slots: 4, threads: 1 });
  const engine = new DecodeEngine(runner, { prefillTokens: 16 });
  opened.push(engine);
  return engine;
}

type OpenOptions = DecodeEngineOptions & { readonly slots?: number; readonly capacity?: number };

async function turnsUntil(done: () => boolean): Promise<void> {
  while (!done()) await nextTurn();
}

test.each(['whole passes', 'slots'])(
  'DecodeEngine over %s: every text equals that of the generator',
  async (kind) => {
    const { engine } = kind === 'slots' ? { engine: await openReal() } : await open();
    const requests = Array.from({ length: 14 }, (_, i): TokenRequest => {
      const sampling = { ...greedy, temperature: i % 3 === 0 ? 0 : 1.2, topP: i % 2 ? 0.9 : 1, seed: i };
      const limits = { topK: i % 4 === 3 ? 20 : Number.POSITIVE_INFINITY, presencePenalty: i % 5 };
      return requestOf(tokenIds(1 + ((i * 23) % 70), i), {
        sampling: { ...sampling, ...limits },
        maxNewTokens: 3 + (i % 9),
        stopTokens: new Set(tokenIds(20, 99)),
      });
    });
    const answers = requests.map(async (request, i) => {
      for (let turn = 0; turn < 3 * i; turn++) await nextTurn();
      return await tokensOf(engine.generate(request));
    });
    for (const [i, request] of requests.entries())
      expect(await answers[i]).toEqual(await oracle.tokens(request));
    expect(engine.snapshot()).toMatchObject({ running: 0, queued: 0, texts: { done: 14 } });
  },
);

test('DecodeEngine: a text that waits enters as soon as one leaves, while others go on', async () => {
  const { engine, runner } = await open({ slots: 2 });
  const [long, short, third] = [30, 3, 5].map((maxNewTokens, i) =>
    tokensOf(engine.generate(requestOf(tokenIds(6, i), { maxNewTokens }))),
  );
  await Promise.all([short, third]);
  expect(engine.snapshot()).toMatchObject({ running: 1, texts: { done: 2 } });
  await long;
  const widths = runner.passes
    .filter((pieces) => pieces.every(({ start }) => start >= 6))
    .map((p) => p.length);
  // The first tokens come with the prompts; then 2 steps beside the short one, 4 beside the third
  expect(widths.filter((width) => width === 2)).toHaveLength(6);
  expect(widths).toHaveLength(29);
});

test('DecodeEngine: running texts move on between the pieces of a long prompt, and a short one overtakes it', async () => {
  const { engine, runner } = await open();
  const running = engine.generate(requestOf(tokenIds(5, 1), { maxNewTokens: 60 }))[Symbol.asyncIterator]();
  await running.next();
  const before = runner.passes.length;
  const order: string[] = [];
  const first = async (name: string, length: number, seed: number) => {
    for await (const _ of engine.generate(requestOf(tokenIds(length, seed)))) {
      order.push(name);
      return;
    }
  };
  await Promise.all([first('long', 200, 2), first('short', 30, 3)]);
  expect(order).toEqual(['short', 'long']);
  const passes = runner.passes.slice(before);
  const prefills = passes.flatMap((pieces, i) => (pieces.some(({ tokens }) => tokens.length > 1) ? [i] : []));
  expect(prefills.length).toBeGreaterThan(12);
  for (const i of prefills) {
    const tokens = passes[i]?.reduce((sum, piece) => sum + piece.tokens.length, 0);
    expect(tokens).toBeLessThanOrEqual(16);
    // The running text's own step comes next
    if (passes[i + 1] !== undefined)
      expect(passes[i + 1]?.some((piece) => piece.slot === passes[0]?.[0]?.slot)).toBe(true);
    expect(prefills).not.toContain(i + 1);
  }
});

test('DecodeEngine: a text is cancelled while it waits, while its prompt runs, while it is written', async () => {
  const finished: FinishedText[] = [];
  const { engine, runner } = await open({ slots: 1, onFinish: (text) => finished.push(text) });
  const cancelWhen = async (length: number, ready: () => boolean) => {
    const controller = new AbortController();
    const request = requestOf(tokenIds(length, length), { maxNewTokens: 100, signal: controller.signal });
    const answer = tokensOf(engine.generate(request));
    answer.catch(() => undefined);
    await turnsUntil(ready);
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
  };
  await cancelWhen(3, () => engine.snapshot().newTokens > 5);
  expect(engine.snapshot().running).toBe(0);
  await cancelWhen(100, () => engine.snapshot().promptTokens > 40);
  expect(engine.snapshot().running).toBe(0);
  const busy = requestOf(tokenIds(4, 1), { maxNewTokens: 40 });
  const answer = tokensOf(engine.generate(busy));
  await cancelWhen(10, () => engine.snapshot().running === 1);
  expect(engine.snapshot().queued).toBe(0);
  expect(await answer).toEqual(await oracle.tokens(busy));
  expect(finished.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled', 'cancelled', 'done']);
  expect(finished[1]).not.toHaveProperty('firstTokenMs');
  expect(finished[2]).not.toHaveProperty('queuedMs');
  // The one that waited was never run
  expect(
    runner.passes.flat().some(({ tokens }) => tokens[0] === tokenIds(10, 10)[0] && tokens.length > 5),
  ).toBe(false);
  expect(() => engine.generate({ ...busy, signal: AbortSignal.abort(new Error('before')) })).toThrow(
    'before',
  );
});

test('DecodeEngine: a reader that leaves ends its text, before the first token too', async () => {
  const { engine } = await open({ slots: 1 });
  for await (const _ of engine.generate(requestOf(tokenIds(4, 1), { maxNewTokens: 200 }))) break;
  expect(engine.snapshot()).toMatchObject({ running: 0, newTokens: 1 });
  const iterator = engine.generate(requestOf(tokenIds(4, 2)))[Symbol.asyncIterator]();
  const next = iterator.next();
  await iterator.return?.();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(engine.snapshot()).toMatchObject({ running: 0, queued: 0, texts: { done: 2 } });
});

test('DecodeEngine: a reader that takes its time holds up no one and misses nothing', async () => {
  const { engine } = await open();
  const slow = requestOf(tokenIds(4, 1), { maxNewTokens: 20 });
  const unread = engine.generate(slow);
  const other = requestOf(tokenIds(4, 2), { maxNewTokens: 40 });
  expect(await tokensOf(engine.generate(other))).toEqual(await oracle.tokens(other));
  expect(unread.usage.newTokens).toBe(20);
  expect(await tokensOf(unread)).toEqual(await oracle.tokens(slow));
});

test('DecodeEngine turns away what is more than its queue holds, says when to come again, and takes it then', async () => {
  const { engine } = await open({ slots: 2, queueLimit: 3 });
  const request = requestOf(tokenIds(4, 1));
  const taken = Array.from({ length: 5 }, () => tokensOf(engine.generate(request)));
  const refusal = () => engine.generate(request);
  expect(refusal).toThrow(BusyError);
  expect(refusal).toThrow('3 texts wait already, which is the limit');
  try {
    refusal();
  } catch (error) {
    expect(error instanceof BusyError && error.retryAfterMs).toBeGreaterThanOrEqual(100);
    expect(error instanceof BusyError && error.retryAfterMs).toBeLessThanOrEqual(30_000);
  }
  await Promise.race(taken);
  expect(await tokensOf(engine.generate(request))).toEqual(await taken[4]);
});

test('DecodeEngine: an error of the model ends the texts that run, with its cause; it goes on with the others', async () => {
  const { engine, runner } = await open({ slots: 2 });
  const cause = new Error('out of memory');
  const requests = [1, 2, 3].map((seed) => requestOf(tokenIds(4, seed)));
  const streams = requests.map((request) => engine.generate(request));
  runner.beforePass = () => {
    if (engine.snapshot().newTokens >= 6) {
      runner.beforePass = () => undefined;
      throw cause;
    }
  };
  for (const [i, stream] of streams.slice(0, 2).entries()) {
    const seen: number[] = [];
    const read = async () => {
      for await (const { token } of stream) seen.push(token);
    };
    await expect(read()).rejects.toThrow(
      new ResourceError('Cannot go on with the text: the model failed; ask again', { cause }),
    );
    // What had been written is told first
    expect(seen).toEqual((await oracle.tokens(requests[i] as TokenRequest)).slice(0, 3));
  }
  expect(await tokensOf(streams[2] as (typeof streams)[0])).toEqual(
    await oracle.tokens(requests[2] as TokenRequest),
  );
  expect(engine.snapshot().texts).toEqual({ done: 1, cancelled: 0, failed: 2 });
});

test('DecodeEngine: a constraint decides what may come, and one that fails ends its own text only', async () => {
  const { engine } = await open();
  const allowed = new Set([40, 41, 42]);
  const accepted: number[] = [];
  const constraint = {
    mask: (scores: Float32Array) =>
      scores.forEach((_, token) => {
        if (!allowed.has(token)) scores[token] = Number.NEGATIVE_INFINITY;
      }),
    accept: (token: number) => {
      accepted.push(token);
    },
  };
  const sampled = { ...greedy, temperature: 3, seed: 4 };
  const broken = {
    ...constraint,
    accept: () => {
      throw new Error('no way on');
    },
  };
  const [tokens, beside] = await Promise.all([
    tokensOf(engine.generate(requestOf(tokenIds(4, 1), { constraint, sampling: sampled }))),
    tokensOf(engine.generate(requestOf(tokenIds(5, 2)))),
    expect(tokensOf(engine.generate(requestOf(tokenIds(4, 1), { constraint: broken })))).rejects.toThrow(
      'no way on',
    ),
  ]);
  expect(tokens.every((token) => allowed.has(token))).toBe(true);
  expect(new Set(tokens).size).toBeGreaterThan(1);
  expect(accepted).toEqual(tokens);
  expect(beside).toEqual(await oracle.tokens(requestOf(tokenIds(5, 2))));
});

test('DecodeEngine: biases ban, favour and force tokens; log-probabilities are the model’s own', async () => {
  const { engine } = await open();
  const events = async (logitBias: ReadonlyMap<number, number>) => {
    const request = requestOf(tokenIds(4, 1), { sampling: { ...greedy, logitBias }, alternatives: 1 });
    return await eventsOf(engine.generate(request));
  };
  const plain = await events(new Map());
  const favourite = plain[0]?.token as number;
  expect((await events(new Map([[favourite, -100]]))).some(({ token }) => token === favourite)).toBe(false);
  const forced = await events(new Map([[77, 100]]));
  expect(forced.map(({ token }) => token)).toEqual(Array.from({ length: 8 }, () => 77));
  expect(forced[0]?.alternatives[0]?.token).toBe(favourite);
  expect(forced[0]?.logProb).toBeLessThan(plain[0]?.logProb as number);
});

test('DecodeEngine ends a text at stop tokens, at its limit and at the longest sequence, and says which', async () => {
  const { engine } = await open({ capacity: 20 });
  const finishOf = async (changes: Partial<TokenRequest>, length = 5) => {
    const events = await eventsOf(engine.generate(requestOf(tokenIds(length, 1), changes)));
    expect(events.slice(0, -1).some(({ finish }) => finish !== undefined)).toBe(false);
    return [events.at(-1)?.finish, events.length];
  };
  expect(await finishOf({})).toEqual(['length', 8]);
  expect(await finishOf({ maxNewTokens: 100 }, 12)).toEqual(['context', 8]);
  const tokens = await tokensOf(engine.generate(requestOf(tokenIds(5, 1))));
  const stop = tokens[3] as number;
  expect(await finishOf({ stopTokens: new Set([stop]) })).toEqual(['stop-token', tokens.indexOf(stop) + 1]);
});

test('DecodeEngine refuses what the model cannot take, and says why', async () => {
  const { engine } = await open({ capacity: 20 });
  const refusal = (prompt: number[], changes: Partial<TokenRequest> = {}) =>
    expect(() => engine.generate(requestOf(prompt, changes)));
  refusal([]).toThrow(InputError);
  refusal(tokenIds(20, 1)).toThrow("it holds 20 tokens, the model's longest sequence is 20 with the answer");
  refusal([100_000]).toThrow('token 100000 is not in the vocabulary');
  refusal([5], { maxNewTokens: 0 }).toThrow("'maxNewTokens' must be an integer of at least 1");
  refusal([5], { sampling: { ...greedy, topP: 0 } }).toThrow("'topP' must lie above 0");
  refusal([5], { sampling: { ...greedy, logitBias: new Map([[-1, 5]]) } }).toThrow(
    'a bias of 5 for token -1',
  );
  refusal([5], { adapter: { name: 'other', rank: 1, bytes: 1 } }).toThrow(
    "adapter 'other': it is not loaded",
  );
  expect(engine.snapshot()).toMatchObject({ running: 0, queued: 0 });
});

test('DecodeEngine.drain() takes no more and finishes what is under way; close() ends it', async () => {
  const { engine } = await open({ slots: 1 });
  const request = requestOf(tokenIds(4, 1), { maxNewTokens: 20 });
  const answers = [1, 2].map(() => tokensOf(engine.generate(request)));
  const drained = engine.drain();
  expect(() => engine.generate(request)).toThrow(BusyError);
  await drained;
  expect(engine.snapshot()).toMatchObject({ running: 0, queued: 0, texts: { done: 2 } });
  for (const answer of answers) expect(await answer).toEqual(await oracle.tokens(request));

  const { engine: other } = await open({ slots: 1 });
  const cut = [1, 2].map(() => tokensOf(other.generate(request)));
  const ends = cut.map((answer) => expect(answer).rejects.toThrow(InterruptedError));
  await turnsUntil(() => other.snapshot().newTokens > 3);
  await other.close();
  await Promise.all(ends);
  expect(() => other.generate(request)).toThrow(BusyError);
});

test('DecodeEngine tells of each text that ended: its times and its cost', async () => {
  const finished: FinishedText[] = [];
  let clock = 0;
  const { engine } = await open({ slots: 1, now: () => clock++, onFinish: (text) => finished.push(text) });
  const prompt = tokenIds(40, 1);
  await Promise.all([1, 2].map(() => tokensOf(engine.generate(requestOf(prompt)))));
  const [first, second] = finished;
  expect(first).toMatchObject({ outcome: 'done', promptTokens: 40, cachedTokens: 0, newTokens: 8 });
  expect(second).toMatchObject({ outcome: 'done', promptTokens: 40, cachedTokens: 39, newTokens: 8 });
  for (const { queuedMs = -1, firstTokenMs = -1, totalMs } of finished) {
    expect(queuedMs).toBeGreaterThan(0);
    expect(firstTokenMs).toBeGreaterThan(queuedMs);
    expect(totalMs).toBeGreaterThan(firstTokenMs);
  }
  expect(engine.snapshot()).toMatchObject({
    promptTokens: 41,
    cachedTokens: 39,
    newTokens: 16,
    prefixHits: 1,
  });
});

test('DecodeEngine: texts under many adapters run in one pass, each as if alone', async () => {
  const { engine, runner } = await open();
  const names = ['a', 'b'];
  for (const [i, name] of names.entries()) await writeTinyAdapter(join(folder, name), directory, i);
  const adapters = await Promise.all(names.map((name) => engine.loadAdapter(name, join(folder, name))));
  const prompt = tokenIds(40, 1);
  const answers = await Promise.all(
    [requestOf(prompt), ...adapters.map((adapter) => requestOf(prompt, { adapter }))].map((request) =>
      tokensOf(engine.generate(request)),
    ),
  );
  const oracles = [
    oracle,
    ...(await Promise.all(names.map((name) => openOracle(directory, join(folder, name))))),
  ];
  for (const [i, each] of oracles.entries()) expect(answers[i]).toEqual(await each.tokens(requestOf(prompt)));
  expect(new Set(answers.map(String)).size).toBe(3);
  expect(runner.passes.some((pieces) => pieces.length === 3)).toBe(true);
  for (const each of oracles.slice(1)) await each.close();
});

test('DecodeEngine.unloadAdapter() waits for the pass that an adapter is in', async () => {
  const { engine, runner } = await open();
  await writeTinyAdapter(join(folder, 'c'), directory, 7);
  const adapter = await engine.loadAdapter('c', join(folder, 'c'));
  const controller = new AbortController();
  const cancelled = tokensOf(
    engine.generate(requestOf(tokenIds(4, 1), { adapter, maxNewTokens: 99, signal: controller.signal })),
  );
  cancelled.catch(() => undefined);
  const other = requestOf(tokenIds(4, 2), { maxNewTokens: 30 });
  const answer = tokensOf(engine.generate(other));
  const left = new Promise<void>((resolve) => {
    runner.beforePass = () => {
      if (engine.snapshot().newTokens < 6) return;
      runner.beforePass = () => undefined;
      controller.abort();
      engine.unloadAdapter(adapter);
      expect(runner.adapters).toEqual([adapter]);
      resolve();
    };
  });
  await left;
  expect(await answer).toEqual(await oracle.tokens(other));
  expect(runner.adapters).toEqual([]);
  await expect(cancelled).rejects.toThrow();
  expect(() => engine.generate(requestOf([5], { adapter }))).toThrow('it is not loaded here');
});
