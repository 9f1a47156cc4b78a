// Many adapters over one base by the runner that serves: in one batch, in and out of a few places, each as if it were alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openOracle,
  requestOf,
  tokenIds,
  tokensOf,
  writeTinyAdapter,
  writeTinyModel,
} from '../testing-models.ts';
import { ModelPool } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-adapters-'));
const base = join(folder, 'base');
const names = Array.from({ length: 24 }, (_, i) => `adapter-${i}`);
const at = (name: string) => join(folder, name);
const expected = new Map<string, readonly number[]>();

const promptOf = (i: number) => tokenIds(12 + (i % 5), i);

beforeAll(async () => {
  await writeTinyModel(base, 1);
  for (const [i, name] of names.entries()) await writeTinyAdapter(at(name), base, i);
  for (const [i, name] of [undefined, ...names].entries()) {
    const oracle = await openOracle(base, name && at(name));
    expected.set(name ?? 'base', await oracle.tokens(requestOf(promptOf(i), { maxNewTokens: 10 })));
    await oracle.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(pool: ModelPool, name: string | undefined, i: number): Promise<number[]> {
  const adapterSource = name === undefined ? {} : { adapter: { name, directory: at(name) } };
  const { model, adapter, release } = await pool.acquire({ base, ...adapterSource });
  try {
    const request = requestOf(promptOf(i), { maxNewTokens: 10, ...(adapter && { adapter }) });
    return await tokensOf(model.generate(request));
  } finally {
    release();
  }
}

const all = [undefined, ...names];

test('adapters answer together, and rows without one beside them, as each alone', async () => {
  await using pool = new ModelPool({ runner: { slots: 8, capacity: 64 }, engine: { queueLimit: 100 } });
  const answers = await Promise.all(all.map((name, i) => ask(pool, name, i)));
  all.forEach((name, i) => {
    expect(answers[i]).toEqual(expected.get(name ?? 'base'));
  });
  expect(new Set(answers.map(String)).size).toBeGreaterThan(12);
  expect(pool.snapshot()).toMatchObject([{ adapters: names.length }]);
});

test('adapters come and go in a few places, and answer the same each time they are back', async () => {
  await using pool = new ModelPool({ runner: { slots: 4, capacity: 64 }, maxAdapters: 3 });
  for (let round = 0; round < 2; round++) {
    for (let first = 0; first < all.length; first += 3) {
      const three = all.slice(first, first + 3);
      const answers = await Promise.all(three.map((name, i) => ask(pool, name, first + i)));
      three.forEach((name, i) => {
        expect(answers[i]).toEqual(expected.get(name ?? 'base'));
      });
    }
  }
  expect(pool.snapshot()).toMatchObject([{ adapters: 3 }]);
});
