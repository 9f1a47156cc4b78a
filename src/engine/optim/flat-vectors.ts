// Vectors of one length side by side in a memory that WebAssembly kernels reach.
import { type FlatMemory, webAssembly } from './kernel/web-assembly.ts';

/** Bytes of a WebAssembly page, and of the largest memory with 32-bit addresses. */
const page = 65_536;
const largest = 65_536 * page;

/** Vectors that a run keeps for each trained parameter: values, gradients, a micro-batch's gradients, two moments. */
const perRun = 5;

const memories = new WeakMap<ArrayBufferLike, FlatMemory>();

/**
 * Hands out zeroed vectors of one length. Pages that are never written to take no memory.
 * Where five vectors do not fit into four gigabytes, each has a buffer of its own.
 */
export class FlatVectors {
  readonly #length: number;
  readonly #buffer: ArrayBuffer | undefined;
  #taken = 0;

  constructor(length: number) {
    this.#length = length;
    const bytes = Math.ceil((perRun * this.#stride()) / page) * page;
    if (bytes > largest || bytes === 0) return;
    const memory = reserve(bytes / page);
    if (memory === undefined) return;
    memories.set(memory.buffer, memory);
    this.#buffer = memory.buffer;
  }

  take(): Float32Array {
    if (this.#buffer === undefined || this.#taken === perRun) return new Float32Array(this.#length);
    return new Float32Array(this.#buffer, this.#taken++ * this.#stride(), this.#length);
  }

  /** Bytes from one vector to the next: whole cache lines. */
  #stride(): number {
    return Math.ceil((this.#length * 4) / 64) * 64;
  }
}

/** A memory, or undefined where the system limits address space: vectors then have buffers of their own. */
function reserve(pages: number): FlatMemory | undefined {
  try {
    return new webAssembly.Memory({ initial: pages });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The memory that all the vectors lie in, if it is one and kernels reach it. */
export function commonMemory(vectors: readonly Float32Array[]): FlatMemory | undefined {
  const [first] = vectors;
  if (first === undefined || vectors.some((vector) => vector.buffer !== first.buffer)) return undefined;
  return memories.get(first.buffer);
}
