// Remembers rows by 53 bits of their hash in flat memory: about 32 bytes for each, whatever it holds.
import { createHash } from 'node:crypto';
import type { Origin } from '../example.ts';

type Slots = { readonly keys: Float64Array; readonly lines: Uint32Array; readonly files: Uint32Array };

/** Finds the earlier row with the same content. Different rows are taken for equal with probability n / 2^53. */
export class SeenRows {
  #slots = makeSlots(1 << 12);
  #count = 0;
  /** One origin of each file; files come one after another. */
  readonly #files: Origin[] = [];

  /** Where the content was first seen, or undefined when it is new and now known. */
  add(content: string, origin: Origin): Origin | undefined {
    if (this.#files.at(-1)?.file !== origin.file) this.#files.push(origin);
    if (this.#count * 2 >= this.#slots.keys.length) this.#grow();
    const key = hash53(content);
    const { keys, lines, files } = this.#slots;
    const slot = findSlot(keys, key);
    const file = this.#files[files[slot] ?? 0];
    if (keys[slot] === key && file !== undefined) return { ...file, line: lines[slot] ?? 0 };
    this.#put(slot, key, origin.line, this.#files.length - 1);
    this.#count++;
    return undefined;
  }

  #put(slot: number, key: number, line: number, file: number): void {
    this.#slots.keys[slot] = key;
    this.#slots.lines[slot] = line;
    this.#slots.files[slot] = file;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = makeSlots(old.keys.length * 2);
    old.keys.forEach((key, at) => {
      if (key !== 0) this.#put(findSlot(this.#slots.keys, key), key, old.lines[at] ?? 0, old.files[at] ?? 0);
    });
  }
}

function makeSlots(size: number): Slots {
  return { keys: new Float64Array(size), lines: new Uint32Array(size), files: new Uint32Array(size) };
}

/** Where the key stands or, if it is new, belongs (linear probing; the size is a power of two). */
function findSlot(keys: Float64Array, key: number): number {
  let slot = key % keys.length;
  while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) % keys.length;
  return slot;
}

/** An integer in [1, 2^53): 0 marks an empty slot. */
function hash53(content: string): number {
  const digest = createHash('sha256').update(content).digest();
  return (digest.readUInt32LE(0) & 0x1fffff) * 0x100000000 + digest.readUInt32LE(4) || 1;
}
