// Prompts that begin alike, with and without what is known of them: the same texts for less work.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { openRunner } from '../model/index.ts';
import {
  greedy,
  openOracle,
  requestOf,
  tokenIds,
  tokensOf,
  writeTinyAdapter,
  writeTinyModel,
} from '../testing-models.ts';
import { WholePassRunner } from '../testing-runner.ts';
import { DecodeEngine, type DecodeEngineOptions } from './decode-engine.ts';
import type { AdapterHandle, SlotRunner } from './slot-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-prefix-'));
const directory = join(folder, 'model');
const adapters = ['a', 'b'].map((name) => join(folder, name));

beforeAll(async () => {
  await writeTinyModel(directory);
  for (const [i, adapter] of adapters.entries()) await writeTinyAdapter(adapter, directory, i);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type EngineOptions = DecodeEngineOptions & {
  readonly slots?: number;
  readonly open?: (directory: string, options: { readonly slots: number }) => Promise<SlotRunner>;
};

async function withEngine<T>(
  { slots = 3, open = WholePassRunner.open, ...options }: EngineOptions,
  use: (engine: DecodeEngine) => Promise<T>,
): Promise<T> {
  const runner = await open(directory, { slots });
  const engine = new DecodeEngine(runner, { prefillTokens: 32, ...options });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** Prompts that share beginnings of many lengths, under the base or an adapter; some are given up on the way. */
function randomPlans(seed: number) {
  const random = new Random(seed, 'plans');
  const stems = [tokenIds(90, seed), tokenIds(33, seed + 1)];
  return Array.from({ length: 16 }, (_, i) => {
    const stem = stems[random.below(2)] as number[];
    const prompt = [...stem.slice(0, 1 + random.below(stem.length)), ...tokenIds(random.below(30), i)];
    return { prompt, over: random.below(3), wait: random.below(40), leave: random.below(5) === 0, seed: i };
  });
}

/** `undefined` for the texts that were given up. */
async function answers(engine: DecodeEngine, plans: ReturnType<typeof randomPlans>) {
  const loaded: AdapterHandle[] = [];
  for (const adapter of plans.some(({ over }) => over < 2) ? adapters : [])
    loaded.push(await engine.loadAdapter(adapter, adapter));
  return await Promise.all(
    plans.map(async ({ prompt, over, wait, leave, seed }) => {
      for (let turn = 0; turn < wait; turn++) await nextTurn();
      const adapter = loaded[over];
      const sampling = { ...greedy, temperature: 1, seed };
      const stream = engine.generate(
        requestOf(prompt, { sampling, maxNewTokens: 10, ...(adapter && { adapter }) }),
      );
      if (!leave) return await tokensOf(stream);
      for await (const _ of stream) break;
      return undefined;
    }),
  );
}

test.each([1, 2])('texts are the same with a cache that holds all, little, or nothing (%i)', async (seed) => {
  const plans = randomPlans(seed);
  const plain = await withEngine({ prefixCacheBytes: 0, slots: 16 }, (engine) => answers(engine, plans));
  const counts: number[] = [];
  for (const prefixCacheBytes of [2 ** 20, 1500]) {
    await withEngine({ prefixCacheBytes }, async (engine) => {
      expect(await answers(engine, plans)).toEqual(plain);
      const { prefixCache, cachedTokens, prefixLookups } = engine.snapshot();
      expect(prefixCache.bytes).toBeLessThanOrEqual(prefixCacheBytes);
      expect(prefixLookups).toBe(16);
      counts.push(cachedTokens);
    });
  }
  expect(counts[0]).toBeGreaterThan(100);
});

test('texts over slots of keys and values are the same with what is known of them and without', async () => {
  const plans = randomPlans(3).map((plan) => ({ ...plan, over: 2 }));
  const open = (model: string, { slots }: { readonly slots: number }) =>
    openRunner(model, { slots, threads: 1 });
  const plain = await withEngine({ open, prefixCacheBytes: 0, slots: 16 }, (engine) =>
    answers(engine, plans),
  );
  await withEngine({ open }, async (engine) => {
    expect(await answers(engine, plans)).toEqual(plain);
    expect(engine.snapshot().cachedTokens).toBeGreaterThan(100);
  });
});

test('a conversation’s next turn runs only what is new, from the slot or from the cache', async () => {
  const oracle = await openOracle(directory);
  for (const slots of [1, 2]) {
    await withEngine({ slots }, async (engine) => {
      const first = tokenIds(40, 1);
      const answer = await tokensOf(engine.generate(requestOf(first)));
      // Another text takes the slot where there is but one
      const other = engine.generate(requestOf(tokenIds(50, 2)));
      await tokensOf(other);
      const next = requestOf([...first, ...answer, ...tokenIds(5, 3)]);
      const stream = engine.generate(next);
      expect(await tokensOf(stream)).toEqual(await oracle.tokens(next));
      // All but the answer's last token, which was never run; or the three full pages of it
      expect(stream.usage.cachedTokens).toBe(slots === 1 ? 32 : 47);
      expect(engine.snapshot().prefixHits).toBe(1);
    });
  }
  await oracle.close();
});

test('texts that begin alike and come together run their beginning once', async () => {
  await withEngine({ slots: 8 }, async (engine) => {
    const stem = tokenIds(64, 1);
    const prompts = Array.from({ length: 8 }, (_, i) => [...stem, ...tokenIds(4, i + 10)]);
    const alone = requestOf(tokenIds(70, 50));
    await Promise.all(
      [...prompts.map((prompt) => requestOf(prompt)), alone].map((request) =>
        tokensOf(engine.generate(request)),
      ),
    );
    const { promptTokens, cachedTokens } = engine.snapshot();
    expect(cachedTokens).toBe(7 * 64);
    expect(promptTokens).toBe(64 + 8 * 4 + 70);
  });
});

test('pages of an adapter are gone with it, and one of the same name has none of them', async () => {
  await withEngine({}, async (engine) => {
    const prompt = tokenIds(50, 1);
    const [old, fresh] = [
      await engine.loadAdapter('x', adapters[0] as string),
      await engine.loadAdapter('x', adapters[1] as string),
    ];
    await tokensOf(engine.generate(requestOf(prompt, { adapter: old })));
    expect(engine.snapshot().prefixCache.pages).toBe(3);
    const stream = engine.generate(requestOf(prompt, { adapter: fresh }));
    const oracle = await openOracle(directory, adapters[1]);
    expect(await tokensOf(stream)).toEqual(await oracle.tokens(requestOf(prompt)));
    expect(stream.usage.cachedTokens).toBe(0);
    engine.unloadAdapter(old);
    expect(engine.snapshot().prefixCache.pages).toBe(3);
    await oracle.close();
  });
});
