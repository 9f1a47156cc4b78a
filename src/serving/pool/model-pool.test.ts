// Models and adapters on demand, in and out of a few places, under requests that never fail.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BusyError, InputError, InterruptedError } from '../../core/index.ts';
import {
  openOracle,
  requestOf,
  tokenIds,
  tokensOf,
  writeTinyAdapter,
  writeTinyModel,
} from '../testing-models.ts';
import { WholePassRunner } from '../testing-runner.ts';
import { type ModelChoice, ModelPool, type ModelPoolOptions, readModelText } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-pool-'));
const at = (name: string) => join(folder, name);
const adapterOf = (name: string) => ({ base: at('one'), adapter: { name, directory: at(name) } });
const prompt = tokenIds(20, 1);

beforeAll(async () => {
  await writeTinyModel(at('one'), 1);
  await writeTinyModel(at('two'), 2);
  for (const [i, name] of ['a', 'b', 'c'].entries()) await writeTinyAdapter(at(name), at('one'), i);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openPool(options: Partial<ModelPoolOptions> = {}) {
  const told: string[] = [];
  const pool = new ModelPool({
    openRunner: (directory) => WholePassRunner.open(directory, { slots: 2 }),
    onEvent: ({ kind, type, directory }) => told.push(`${type} ${kind} ${directory.split('/').at(-1)}`),
    ...options,
  });
  return { pool, told };
}

async function ask(pool: ModelPool, choice: ModelChoice, maxNewTokens = 8): Promise<number[]> {
  const { model, adapter, release } = await pool.acquire(choice);
  try {
    return await tokensOf(model.generate(requestOf(prompt, { maxNewTokens, ...(adapter && { adapter }) })));
  } finally {
    release();
  }
}

const known = new Map<string, Promise<readonly number[]>>();

/** What the generator answers; asked once of what does not change. */
function expected(base: string, adapter?: string, maxNewTokens = 8): Promise<readonly number[]> {
  const key = [base, adapter, maxNewTokens].join();
  const answer = (base === 'swapped' ? undefined : known.get(key)) ?? generated(base, adapter, maxNewTokens);
  known.set(key, answer);
  return answer;
}

async function generated(
  base: string,
  adapter: string | undefined,
  maxNewTokens: number,
): Promise<readonly number[]> {
  const oracle = await openOracle(at(base), adapter && at(adapter));
  const tokens = await oracle.tokens(requestOf(prompt, { maxNewTokens }));
  await oracle.close();
  return tokens;
}

test('ModelPool loads models and adapters on demand, once, and drops idle ones for others', async () => {
  const { pool, told } = openPool({ maxModels: 1, maxAdapters: 2 });
  const choices = [{ base: at('one') }, ...['a', 'b', 'a', 'c'].map(adapterOf)];
  const answers: number[][] = [];
  for (const choice of choices) answers.push(...(await Promise.all([ask(pool, choice), ask(pool, choice)])));
  const names = [undefined, 'a', 'b', 'a', 'c'].flatMap((name) => [name, name]);
  for (const [i, name] of names.entries()) expect(answers[i]).toEqual(await expected('one', name));
  expect(await ask(pool, { base: at('two') })).toEqual(await expected('two'));
  const steps = [
    'loaded model one',
    'loaded adapter a',
    'loaded adapter b',
    'dropped adapter b',
    'loaded adapter c',
  ];
  expect(told.slice(0, 5)).toEqual(steps);
  expect(told.slice(5)).toEqual(['dropped model one', 'loaded model two']);
  await pool.close();
});

test('ModelPool: more adapters than places, asked for at random and at once, each answers as if alone', async () => {
  const { pool } = openPool({ maxAdapters: 2 });
  const names = ['a', 'b', 'c'] as const;
  const right = new Map<string, readonly number[]>();
  for (const name of names) right.set(name, await expected('one', name));
  const patiently = async (choice: ModelChoice): Promise<number[]> => {
    for (;;) {
      try {
        return await ask(pool, choice);
      } catch (error) {
        if (!(error instanceof BusyError)) throw error;
        await nextTurn();
      }
    }
  };
  const order = Array.from({ length: 15 }, (_, i) => names[(i * i + (i >> 2)) % 3] as string);
  const answers = await Promise.all(order.map((name) => patiently(adapterOf(name))));
  for (const [i, name] of order.entries()) expect(answers[i]).toEqual(right.get(name));
  const [snapshot] = pool.snapshot();
  expect(snapshot?.adapters).toBeLessThanOrEqual(2);
  await pool.close();
});

test('ModelPool never drops a model that answers', async () => {
  const { pool } = openPool({ maxModels: 1 });
  const { model, release } = await pool.acquire({ base: at('one') });
  const answer = tokensOf(model.generate(requestOf(prompt, { maxNewTokens: 30 })));
  await expect(pool.acquire({ base: at('two') })).rejects.toThrow(BusyError);
  expect(await answer).toEqual(await expected('one', undefined, 30));
  release();
  expect(await ask(pool, { base: at('two') })).toEqual(await expected('two'));
  await pool.close();
});

test('ModelPool.replace() and retire() swap models and adapters under load without a failed request', async () => {
  const { pool, told } = openPool({ engine: { queueLimit: 200 } });
  const base = at('swapped');
  await writeTinyModel(base, 1);
  await writeTinyAdapter(at('x'), base, 1);
  const over = { base, adapter: { name: 'x', directory: at('x') } };
  const [old, oldOver] = [await expected('swapped'), await expected('swapped', 'x')];
  const seen = new Map<string, Set<string>>([
    ['base', new Set()],
    ['over', new Set()],
  ]);
  let going = true;
  const load = async (name: string, choice: ModelChoice) => {
    while (going) seen.get(name)?.add(String(await ask(pool, choice)));
  };
  const clients = [load('base', { base }), load('over', over), load('base', { base })];
  await pool.acquire(over).then(({ release }) => release());
  await writeTinyAdapter(at('x'), base, 2);
  pool.retire(over);
  const middle = await ask(pool, over);
  expect(middle).toEqual(await expected('swapped', 'x'));
  expect(middle).not.toEqual(oldOver);
  rmSync(base, { recursive: true });
  await writeTinyModel(base, 5);
  await pool.replace(base);
  const after = await ask(pool, { base });
  expect(after).toEqual(await expected('swapped'));
  expect(after).not.toEqual(old);
  going = false;
  await Promise.all(clients);
  expect([...(seen.get('base') ?? [])].every((answer) => [String(old), String(after)].includes(answer))).toBe(
    true,
  );
  expect(told.filter((event) => event === 'dropped model swapped')).toHaveLength(1);
  expect(pool.snapshot()).toHaveLength(1);
  await pool.close();
});

test('ModelPool.replace() by another directory loads it first, then lets the old one go', async () => {
  const { pool, told } = openPool();
  const { model, release } = await pool.acquire({ base: at('one') });
  await pool.replace(at('one'), at('two'));
  expect(told).toEqual(['loaded model one', 'loaded model two']);
  expect(await tokensOf(model.generate(requestOf(prompt)))).toEqual(await expected('one'));
  release();
  await nextTurn();
  expect(pool.snapshot().map(({ base }) => base)).toEqual([at('two')]);
  await pool.close();
});

test('ModelPool.drain() lets requests end that have a lease, also before their first text', async () => {
  const finished: string[] = [];
  const { pool } = openPool({ onFinish: ({ base, outcome }) => finished.push(`${outcome} ${base}`) });
  const { model, release } = await pool.acquire({ base: at('one') });
  let drained = false;
  const draining = pool.drain().then(() => {
    drained = true;
  });
  await expect(pool.acquire({ base: at('one') })).rejects.toThrow(BusyError);
  expect(await tokensOf(model.generate(requestOf(prompt)))).toEqual(await expected('one'));
  expect(drained).toBe(false);
  release();
  await draining;
  await pool.close();
  expect(finished).toEqual([`done ${at('one')}`]);
});

test('ModelPool.close() ends what is under way', async () => {
  const { pool } = openPool();
  const { model } = await pool.acquire({ base: at('one') });
  const answer = tokensOf(model.generate(requestOf(prompt, { maxNewTokens: 200 })));
  const ended = expect(answer).rejects.toThrow(InterruptedError);
  await nextTurn();
  await pool.close();
  await ended;
});

test('ModelPool refuses what it cannot load, and what waited for it goes on asking', async () => {
  const { pool } = openPool();
  await expect(pool.acquire({ base: at('nowhere') })).rejects.toThrow(InputError);
  const missing = { base: at('one'), adapter: { name: 'z', directory: at('nowhere') } };
  await expect(pool.acquire(missing)).rejects.toThrow(InputError);
  const aborted = AbortSignal.abort(new Error('gone'));
  await expect(pool.acquire({ base: at('one') }, aborted)).rejects.toThrow('gone');
  await pool.drain();
  await pool.close();
});

test('readModelText() tells where answers end and how to sample', async () => {
  const { tokenizer, stopTokens, recommended } = await readModelText(at('one'));
  expect(stopTokens).toEqual(expect.arrayContaining([...tokenizer.eosTokenIds]));
  expect(recommended).toMatchObject({ temperature: 0.7, topP: 0.95, stopTokens });
  writeFileSync(join(at('two'), 'generation_config.json'), '{ "do_sample": false }');
  const { pool } = openPool();
  const { model, release } = await pool.acquire({ base: at('two') });
  expect(model.recommended).toMatchObject({ temperature: 0 });
  expect([model.maxLength, model.vocabSize]).toEqual([256, model.tokenizer.vocabSize]);
  release();
  await pool.close();
});
