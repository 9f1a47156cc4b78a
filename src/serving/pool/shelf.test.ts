// Loading once, lending, dropping what is idle, never what is in use.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BusyError, ResourceError } from '../../core/index.ts';
import { type Loader, Shelf, type ShelfEvent } from './shelf.ts';

type Thing = { readonly directory: string; readonly version: number; closed: boolean };

/** A shelf of things of 10 bytes; what is loaded waits for its gate, where there is one. */
function things({ maxCount = 10, maxBytes = 1000 } = {}) {
  const events: ShelfEvent[] = [];
  const gates = new Map<string, Promise<void>>();
  let version = 0;
  const shelf = new Shelf<Thing>({
    ...{ what: 'thing', maxCount, maxBytes },
    close: async (thing) => {
      await nextTurn();
      thing.closed = true;
    },
    onEvent: (event) => events.push(event),
  });
  const loader = (directory: string, bytes = 10): Loader<Thing> => ({
    measure: async () => bytes,
    load: async () => {
      await gates.get(directory);
      if (directory === 'broken') throw new Error('no such file');
      return { value: { directory, version: ++version, closed: false }, bytes };
    },
  });
  const acquire = (
    directory: string,
    { bytes = 10, signal }: { bytes?: number; signal?: AbortSignal } = {},
  ) => shelf.acquire(directory, loader(directory, bytes), signal);
  const told = () => events.map(({ type, directory }) => `${type} ${directory}`);
  return { shelf, loader, acquire, gates, told };
}

test('Shelf loads once however many ask, and lends the same until room is needed', async () => {
  const { shelf, acquire, told } = things({ maxCount: 2 });
  const loans = await Promise.all([acquire('a'), acquire('a'), acquire('a')]);
  expect(new Set(loans.map(({ value }) => value)).size).toBe(1);
  expect(shelf.uses).toBe(3);
  for (const { release } of loans) release();
  loans[0]?.release();
  expect(shelf.uses).toBe(0);
  (await acquire('b')).release();
  (await acquire('a')).release();
  (await acquire('c')).release();
  // b was asked for longest ago
  expect(told()).toEqual(['loaded a', 'loaded b', 'dropped b', 'loaded c']);
  expect(shelf.directories).toEqual(['a', 'c']);
  expect(shelf.bytes).toBe(20);
});

test('Shelf never drops what is in use: who finds no room is turned away', async () => {
  const { acquire } = things({ maxBytes: 25 });
  const [a, b] = [await acquire('a'), await acquire('b')];
  await expect(acquire('c')).rejects.toThrow(BusyError);
  await expect(acquire('huge', { bytes: 26 })).rejects.toThrow(ResourceError);
  expect([a.value.closed, b.value.closed]).toEqual([false, false]);
  a.release();
  const c = await acquire('c');
  expect([a.value.closed, b.value.closed, c.value.closed]).toEqual([true, false, false]);
});

test('Shelf: two that load at once for the last place do not shut each other out', async () => {
  const { acquire } = things({ maxCount: 1 });
  const results = await Promise.allSettled([acquire('a'), acquire('b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test('Shelf: who gives up waiting leaves the others waiting', async () => {
  const { shelf, acquire, gates } = things();
  const { promise, resolve } = Promise.withResolvers<void>();
  gates.set('a', promise);
  const controller = new AbortController();
  const impatient = acquire('a', { signal: controller.signal });
  const patient = acquire('a');
  controller.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  resolve();
  expect((await patient).value.directory).toBe('a');
  expect(shelf.uses).toBe(1);
});

test('Shelf: a load that fails fails those who waited, and the next one tries again', async () => {
  const { shelf, acquire, told } = things({ maxCount: 1 });
  const results = await Promise.allSettled([acquire('broken'), acquire('broken')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(acquire('broken')).rejects.toThrow('no such file');
  expect(told()).toEqual(['failed broken', 'failed broken']);
  expect([shelf.count, shelf.bytes]).toEqual([0, 0]);
  expect((await acquire('a')).value.directory).toBe('a');
});

test('Shelf.replace() loads anew beside the old one, which goes with its last loan', async () => {
  const { shelf, acquire, loader, gates, told } = things({ maxCount: 1 });
  const old = await acquire('a');
  const { promise, resolve } = Promise.withResolvers<void>();
  gates.set('a', promise);
  const replaced = shelf.replace('a', loader('a'));
  const meanwhile = await acquire('a');
  expect(meanwhile.value).toBe(old.value);
  resolve();
  await replaced;
  const fresh = await acquire('a');
  expect(fresh.value.version).toBe(2);
  old.release();
  expect(old.value.closed).toBe(false);
  meanwhile.release();
  await nextTurn();
  await nextTurn();
  expect([old.value.closed, fresh.value.closed]).toEqual([true, false]);
  expect(told()).toEqual(['loaded a', 'loaded a', 'dropped a']);
});

test('Shelf.replace() leaves the old one where the new one cannot be loaded', async () => {
  const { shelf, acquire, loader } = things();
  const { value, release } = await acquire('a');
  const failing: Loader<Thing> = { ...loader('a'), load: () => Promise.reject(new Error('half written')) };
  await expect(shelf.replace('a', failing)).rejects.toThrow('half written');
  release();
  expect((await acquire('a')).value).toBe(value);
});

test('Shelf.retire() and close() drop what is held', async () => {
  const { shelf, acquire } = things();
  const [a, b] = [await acquire('a'), await acquire('b')];
  shelf.retire('a');
  const again = await acquire('a');
  expect(again.value).not.toBe(a.value);
  expect(a.value.closed).toBe(false);
  await shelf.close();
  expect([a, b, again].map(({ value }) => value.closed)).toEqual([true, true, true]);
  expect(shelf.count).toBe(0);
});
