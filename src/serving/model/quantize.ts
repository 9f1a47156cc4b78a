// Rounds matrices to eight bits, as llama.cpp's q8_0: 32 neighbours share a scale.

const block = 32;
const zero = 128;

/** A matrix as `quantizedLinear` takes it. */
export type QuantizedMatrix = {
  readonly data: Uint8Array;
  readonly scales: Float32Array;
  readonly size: { readonly in: number; readonly out: number };
};

/** @param matrix [out, in]; each weight is off by half a 127th of the largest of its block at most */
export function quantizeMatrix(
  matrix: Float32Array,
  size: { readonly in: number; readonly out: number },
): QuantizedMatrix {
  const blocks = Math.ceil(size.in / block);
  const data = new Uint8Array(size.out * blocks * block).fill(zero);
  const scales = new Float32Array(size.out * blocks);
  for (let row = 0; row < size.out; row++) {
    for (let b = 0; b < blocks; b++) {
      const from = row * size.in + b * block;
      const count = Math.min(block, size.in - b * block);
      let most = 0;
      for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(matrix[from + i] as number));
      const at = row * blocks + b;
      scales[at] = most / 127;
      const steps = most === 0 ? 0 : 127 / most;
      for (let i = 0; i < count; i++)
        data[at * block + i] = zero + Math.round((matrix[from + i] as number) * steps);
    }
  }
  return { data, scales, size };
}
