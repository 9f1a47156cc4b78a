// AdamW as a WebAssembly kernel: one pass over memory where the graph makes twelve.
import { adamwBytes } from './adamw-bytes.ts';
import { type FlatMemory, webAssembly } from './web-assembly.ts';

/** Scalars of one step, as `adamW()` computes them, and the constants of the optimiser. */
export type AdamWScalars = {
  readonly beta1: number;
  readonly beta2: number;
  readonly gradientScale: number;
  readonly keep: number;
  readonly rootScale: number;
  readonly floor: number;
};

/** Four vectors of one length that lie in the same memory. */
export type AdamWVectors = {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
};

type Exports = {
  readonly adamw: (...args: readonly number[]) => void;
};

const module = new webAssembly.Module(Buffer.from(adamwBytes, 'base64'));
const instances = new WeakMap<FlatMemory, Exports>();

/** Updates elements `from` to `to` in place: what the graph of `adamW()` gives, to the bit. */
export function runAdamW(
  memory: FlatMemory,
  vectors: AdamWVectors,
  { from, to, scalars }: { readonly from: number; readonly to: number; readonly scalars: AdamWScalars },
): void {
  let exports = instances.get(memory);
  if (exports === undefined) {
    exports = new webAssembly.Instance(module, { flat: { memory } }).exports as unknown as Exports;
    instances.set(memory, exports);
  }
  const { parameters, gradients, firstMoment, secondMoment } = vectors;
  const at = (vector: Float32Array) => vector.byteOffset + 4 * from;
  const { beta1, beta2, gradientScale, keep, rootScale, floor } = scalars;
  exports.adamw(
    at(parameters),
    at(gradients),
    at(firstMoment),
    at(secondMoment),
    to - from,
    beta1,
    beta2,
    gradientScale,
    keep,
    rootScale,
    floor,
  );
}
