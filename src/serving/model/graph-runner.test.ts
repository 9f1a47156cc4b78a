// Slots against whole passes of the model's own graph, which know no cache.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { initializeParameters, loadModel, newModel, saveModel } from '../../models/index.ts';
import { relativeDifference } from '../../testing/index.ts';
import { openRunner } from './index.ts';
import { tokenIds, wholePass } from './test-support/whole-pass.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/parity/', import.meta.url));
const models = ['llama', 'llama_tied', 'llama_bf16_sharded', 'mistral', 'mistral_window', 'qwen2'];
const tolerance = 2e-5;

test.each(models)(
  '%s: prompts, pieces of prompts and single tokens give the scores of whole passes',
  async (name) => {
    const expected = await wholePasses(fixtures + name);
    await using runner = await openRunner(fixtures + name, { slots: 4, capacity: 48 });
    const rows = [tokenIds(40, 1), tokenIds(9, 2), tokenIds(30, 3)];
    const [a, b, c] = rows as [number[], number[], number[]];
    const expectScores = async (runs: readonly [number, number, number][]) => {
      const pieces = runs.map(([slot, start, end]) => ({
        slot,
        start,
        tokens: (rows[slot] as number[]).slice(start, end),
      }));
      const scores = await runner.run(pieces);
      for (const [i, [slot, , end]] of runs.entries()) {
        const wanted = await expected((rows[slot] as number[]).slice(0, end));
        expect(relativeDifference(scores[i] as Float32Array, wanted)).toBeLessThan(tolerance);
      }
    };
    await expectScores([[0, 0, 17]]);
    await expectScores([
      [2, 0, 1],
      [0, 17, 24],
      [1, 0, 8],
    ]);
    // Slot 1 is a hole, and the order is not that of the rows.
    await expectScores([
      [2, 1, 2],
      [0, 24, 25],
    ]);
    for (let t = 0; t < 4; t++)
      await expectScores([
        [0, 25 + t, 26 + t],
        [2, 2 + t, 3 + t],
      ]);
    await expectScores([
      [1, 8, 9],
      [0, 29, 40],
      [2, 6, 30],
    ]);
    // A slot goes back to an earlier place.
    await expectScores([[0, 17, 18]]);
    expect([a.length, b.length, c.length]).toEqual([40, 9, 30]);
  },
);

test.each(['llama', 'llama_tied', 'qwen2'])(
  '%s: eight bits change scores by less than a tenth',
  async (name) => {
    const expected = await wholePasses(fixtures + name);
    await using runner = await openRunner(fixtures + name, { slots: 2, capacity: 48, precision: 'int8' });
    const row = tokenIds(30, 5);
    const [piece] = await runner.run([{ slot: 1, start: 0, tokens: row.slice(0, 29) }]);
    const [single] = await runner.run([{ slot: 1, start: 29, tokens: row.slice(29) }]);
    const differences = [
      relativeDifference(piece as Float32Array, await expected(row.slice(0, 29))),
      relativeDifference(single as Float32Array, await expected(row)),
    ];
    for (const difference of differences) {
      expect(difference).toBeLessThan(0.1);
      expect(difference).toBeGreaterThan(1e-5);
    }
  },
);

test('GraphRunner: a block goes to another slot, whatever rows lie between', async () => {
  const expected = await wholePasses(`${fixtures}llama`);
  await using runner = await openRunner(`${fixtures}llama`, { slots: 5, capacity: 48 });
  const row = tokenIds(40, 7);
  await runner.run([0, 1, 2, 3, 4].map((slot) => ({ slot, start: 0, tokens: tokenIds(3 + slot, slot) })));
  await runner.run([{ slot: 1, start: 0, tokens: row.slice(0, 20) }]);
  // Brings slots 1 and 4 together.
  await runner.run([
    { slot: 4, start: 0, tokens: [5] },
    { slot: 1, start: 20, tokens: row.slice(20, 21) },
  ]);
  const blocks = [runner.read(1, 0, 16), runner.read(1, 16, 4)] as const;
  expect(blocks[0].byteLength).toBe(16 * runner.bytesPerPlace);
  runner.write(3, 0, blocks[0]);
  runner.write(3, 16, blocks[1]);
  const [scores] = await runner.run([{ slot: 3, start: 20, tokens: row.slice(20) }]);
  expect(relativeDifference(scores as Float32Array, await expected(row))).toBeLessThan(tolerance);
});

test('GraphRunner: a prompt of several passes gives the scores of one', async () => {
  const directory = await newModelDirectory('maxPositions=700');
  await using runner = await openRunner(directory, { slots: 2 });
  const row = tokenIds(650, 4);
  const [scores] = await runner.run([{ slot: 1, start: 0, tokens: row }]);
  const expected = await wholePasses(directory);
  expect(relativeDifference(scores as Float32Array, await expected(row))).toBeLessThan(tolerance);
});

test('GraphRunner: scores are the caller’s, and stay as they are', async () => {
  await using runner = await openRunner(`${fixtures}llama`, { slots: 2, capacity: 16 });
  const [first] = await runner.run([{ slot: 0, start: 0, tokens: tokenIds(4, 1) }]);
  const copy = first?.slice();
  await runner.run([{ slot: 0, start: 0, tokens: tokenIds(4, 2) }]);
  expect(first).toEqual(copy);
});

test('GraphRunner refuses what would leave a slot', async () => {
  await using runner = await openRunner(`${fixtures}llama`, { slots: 2, capacity: 8 });
  const run = (slot: number, start: number, tokens: readonly number[]) =>
    runner.run([{ slot, start, tokens }]);
  await expect(run(0, 0, tokenIds(9, 1))).rejects.toThrow(
    'Cannot run 9 tokens in slot 0 from place 0: a slot has 8 places; end the sequence before',
  );
  await expect(run(2, 0, [3])).rejects.toThrow('there are 2 slots');
  await expect(run(0, 1, [3])).rejects.toThrow('its places are taken up to 0; start there or before');
  await expect(run(0, 0, [])).rejects.toThrow('there is no token');
  await expect(run(0, 0, [1e6])).rejects.toThrow('token 1000000 is not in the vocabulary of 101');
  const piece = { slot: 1, start: 0, tokens: [3] };
  await expect(runner.run([piece, piece])).rejects.toThrow('another piece is for the same slot');
  await run(0, 0, tokenIds(8, 1));
  await expect(run(0, 8, [3])).rejects.toThrow('a slot has 8 places');
  expect(() => runner.read(0, 5, 4)).toThrow('Cannot reach places 5 to 9 of slot 0: it holds 8');
  expect(() => runner.write(0, 8, runner.read(0, 0, 1))).toThrow('Cannot reach places 8 to 9');
  expect(() => runner.read(5, 0, 1)).toThrow('there is no such slot');
});

test('GraphRunner refuses to be used while it runs', async () => {
  await using runner = await openRunner(`${fixtures}llama`, { slots: 2, capacity: 8 });
  const running = runner.run([{ slot: 0, start: 0, tokens: [3] }]);
  expect(() => runner.read(0, 0, 1)).toThrow('a run is under way');
  await expect(runner.run([{ slot: 1, start: 0, tokens: [3] }])).rejects.toThrow('a run is under way');
  await running;
});

test('openRunner() refuses sizes that the model does not have', async () => {
  await expect(openRunner(`${fixtures}llama`, { capacity: 1e6 })).rejects.toThrow(
    /Cannot open the model for sequences of 1000000 tokens; its longest has \d+/,
  );
  await expect(openRunner(`${fixtures}llama`, { slots: 0 })).rejects.toThrow('with 0 slots');
});

test('openRunner() takes a rotary scaling that depends on the length as far as it does not', async () => {
  const directory = await newModelDirectory('maxPositions=32');
  const file = join(directory, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  const rope = { rope_type: 'dynamic', rope_theta: 10000, factor: 2 };
  await writeFile(file, JSON.stringify({ ...config, rope_scaling: rope, rope_parameters: rope }));
  await expect(openRunner(directory, { capacity: 33 })).rejects.toThrow('ask for at most 32');
  const expected = await wholePasses(directory);
  await using runner = await openRunner(directory, { slots: 1 });
  expect(runner.capacity).toBe(32);
  const row = tokenIds(32, 2);
  const [scores] = await runner.run([{ slot: 0, start: 0, tokens: row }]);
  expect(relativeDifference(scores as Float32Array, await expected(row))).toBeLessThan(tolerance);
});

/** A small model whose scores are far apart. */
async function newModelDirectory(sizes: string): Promise<string> {
  const model = newModel(
    `new:hiddenSize=32,layers=2,heads=2,keyValueHeads=1,initializerRange=0.4,${sizes}`,
    60,
  );
  const arrays = new Map(
    model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b))]),
  );
  const array = (name: string) => arrays.get(name) as Float32Array;
  initializeParameters(model, 3, array);
  const directory = join(await mkdtemp(join(tmpdir(), 'hone-runner-')), 'model');
  await saveModel(directory, { model, parameters: array });
  onTestFinished(() => rm(dirname(directory), { recursive: true }));
  return directory;
}

/** The scores after the last of some tokens, by one graph that knows no cache. */
async function wholePasses(directory: string): Promise<(row: readonly number[]) => Promise<Float32Array>> {
  const { model, parameters } = await loadModel(directory);
  return (row) => wholePass(model, parameters, row);
}
