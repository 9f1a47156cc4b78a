// Rounds matrices to eight bits, as llama.cpp's q8_0: 32 neighbours share a scale.

/** Weights that share a scale. */
export const blockSize = 32;

const zero = 128;

type MatrixSize = { readonly in: number; readonly out: number };

/** A matrix as `quantizedLinear` takes it. */
export type QuantizedMatrix = {
  readonly data: Uint8Array;
  readonly scales: Float32Array;
  readonly size: MatrixSize;
};

/** Blocks of a matrix; each row begins with a new one. */
export function quantizedBlocks(size: MatrixSize): number {
  return size.out * Math.ceil(size.in / blockSize);
}

/**
 * Each weight is off by half a 127th of the largest of its block at most.
 * @param matrix [out, in]
 * @param into is filled
 */
export function quantizeMatrix(matrix: Float32Array, { data, scales, size }: QuantizedMatrix): void {
  const blocks = Math.ceil(size.in / blockSize);
  data.fill(zero);
  for (let row = 0; row < size.out; row++) {
    for (let b = 0; b < blocks; b++) {
      const from = row * size.in + b * blockSize;
      const count = Math.min(blockSize, size.in - b * blockSize);
      let most = 0;
      for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(matrix[from + i] as number));
      const at = row * blocks + b;
      scales[at] = most / 127;
      const steps = most === 0 ? 0 : 127 / most;
      for (let i = 0; i < count; i++)
        data[at * blockSize + i] = zero + Math.round((matrix[from + i] as number) * steps);
    }
  }
}
