// Adapters side by side in one batch, against whole passes of merged models.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Random } from '../../core/index.ts';
import type { HostTensors } from '../../engine/index.ts';
import {
  type LoraConfig,
  loadAdapter,
  loadModel,
  loraParameters,
  mergeAdapter,
  saveAdapter,
} from '../../models/index.ts';
import { relativeDifference } from '../../testing/index.ts';
import { openRunner } from './index.ts';
import { tokenIds, wholePass } from './test-support/whole-pass.ts';

const base = fileURLToPath(new URL('../../../test/fixtures/parity/qwen2', import.meta.url));
const tolerance = 5e-5;

const configs: Readonly<Record<string, Partial<LoraConfig>>> = {
  small: { rank: 2, alpha: 8, targets: ['q_proj', 'v_proj'] },
  wide: { rank: 5, alpha: 10, targets: 'all-linear' },
  stable: { rank: 4, alpha: 4, targets: ['down_proj', 'o_proj'], rsLora: true },
};

test('GraphRunner: rows of several adapters and of none give what merged models give', async () => {
  const made = await makeAdapters();
  await using runner = await openRunner(base, { slots: 5, capacity: 40 });
  const names = ['small', undefined, 'wide', 'stable', 'small'];
  const rows = names.map((_, slot) => tokenIds(20, slot));
  // One slot has a beginning from before there were adapters.
  await runner.run([{ slot: 1, start: 0, tokens: rows[1]?.slice(0, 10) as number[] }]);
  const handles = new Map<string, Awaited<ReturnType<typeof runner.loadAdapter>>>();
  for (const name of Object.keys(configs))
    handles.set(name, await runner.loadAdapter(name, made.directory(name)));
  const piece = (slot: number, start: number, end: number) => {
    const adapter = handles.get(names[slot] ?? '');
    const tokens = (rows[slot] as number[]).slice(start, end);
    return { slot, start, tokens, ...(adapter === undefined ? {} : { adapter }) };
  };
  await runner.run([0, 2, 3, 4].map((slot) => piece(slot, 0, 10)));
  for (let t = 10; t < 13; t++) {
    const scores = await runner.run([3, 0, 1, 2, 4].map((slot) => piece(slot, t, t + 1)));
    for (const [i, slot] of [3, 0, 1, 2, 4].entries()) {
      const wanted = await wholePass(
        made.model,
        made.parameters(names[slot]),
        rows[slot]?.slice(0, t + 1) ?? [],
      );
      expect(relativeDifference(scores[i] as Float32Array, wanted), `slot ${slot}`).toBeLessThan(tolerance);
    }
  }
  // Alone, and with another one gone.
  runner.unloadAdapter(handles.get('wide') as never);
  const [alone] = await runner.run([piece(3, 13, 20)]);
  const wanted = await wholePass(made.model, made.parameters('stable'), rows[3] as number[]);
  expect(relativeDifference(alone as Float32Array, wanted)).toBeLessThan(tolerance);
  await expect(runner.run([piece(2, 13, 14)])).rejects.toThrow(
    "Cannot run with the adapter 'wide': it is not loaded; load it first",
  );
});

test('GraphRunner: more adapters than stay stacked take turns', async () => {
  const made = await makeAdapters();
  await using runner = await openRunner(base, { slots: 2, capacity: 40 });
  const row = tokenIds(6, 3);
  const wanted = await wholePass(made.model, made.parameters('wide'), row);
  const handles: Awaited<ReturnType<typeof runner.loadAdapter>>[] = [];
  for (let i = 0; i < 30; i++) handles.push(await runner.loadAdapter(`wide-${i}`, made.directory('wide')));
  expect(handles[0]).toMatchObject({ name: 'wide-0', rank: 5 });
  for (const adapter of [...handles, ...handles.slice(0, 3)]) {
    const [scores] = await runner.run([{ slot: 0, start: 0, tokens: row, adapter }]);
    expect(relativeDifference(scores as Float32Array, wanted)).toBeLessThan(tolerance);
  }
});

test('GraphRunner: an adapter may come while a run is under way', async () => {
  const made = await makeAdapters();
  await using runner = await openRunner(base, { slots: 2, capacity: 40 });
  const row = tokenIds(6, 3);
  const running = runner.run([{ slot: 0, start: 0, tokens: row }]);
  const loading = runner.loadAdapter('wide', made.directory('wide'));
  const [scores] = await running;
  expect(
    relativeDifference(scores as Float32Array, await wholePass(made.model, made.parameters(), row)),
  ).toBeLessThan(tolerance);
  const adapter = await loading;
  const [adapted] = await runner.run([{ slot: 0, start: 0, tokens: row, adapter }]);
  const wanted = await wholePass(made.model, made.parameters('wide'), row);
  expect(relativeDifference(adapted as Float32Array, wanted)).toBeLessThan(tolerance);
});

test('GraphRunner refuses an adapter that does not fit, and goes on', async () => {
  await using runner = await openRunner(base, { slots: 1, capacity: 40 });
  await expect(runner.loadAdapter('none', base)).rejects.toThrow('Cannot open the adapter');
  expect(() => runner.unloadAdapter({ name: 'x', rank: 1, bytes: 0 })).toThrow(
    "Cannot unload the adapter 'x': it is not loaded",
  );
  expect(await runner.run([{ slot: 0, start: 0, tokens: [3] }])).toHaveLength(1);
});

/** Adapters on disk with random matrices, and the parameters of the base with one of them merged. */
async function makeAdapters() {
  const { model, parameters } = await loadModel(base);
  const root = await mkdtemp(join(tmpdir(), 'hone-adapters-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const directory = (name: string) => join(root, name);
  const merged = new Map<string | undefined, HostTensors>([[undefined, parameters]]);
  for (const [name, changes] of Object.entries(configs)) {
    const config: LoraConfig = {
      rank: 2,
      alpha: 4,
      dropout: 0,
      targets: 'all-linear',
      rsLora: false,
      ...changes,
    };
    const random = new Random(1, name);
    const sizes = new Map(loraParameters(model, config).map((spec) => [spec.name, spec.shape] as const));
    const draw = (key: string) =>
      Float32Array.from(
        { length: (sizes.get(key) ?? []).reduce((a, b) => a * b, 1) },
        () => 0.15 * random.normal(),
      );
    await saveAdapter(directory(name), { model, config, parameters: draw });
    const adapter = await loadAdapter(directory(name), model);
    const read = mergeAdapter({
      model,
      parameters: (key) => parameters[key]?.data as Float32Array,
      adapter: { config, parameters: (key) => adapter.parameters[key]?.data as Float32Array },
    });
    const entries = model.parameters.map(
      async ({ name: key, shape }) =>
        [key, { dtype: 'float32', shape, data: await read(key) } as const] as const,
    );
    merged.set(name, Object.fromEntries(await Promise.all(entries)));
  }
  return { model, directory, parameters: (name?: string) => merged.get(name) as HostTensors };
}
