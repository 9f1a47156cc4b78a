// Rotary position tables (Su et al., 2021), computed in double precision and stored as float32.
import { constant } from '../../engine/index.ts';
import type { RotaryTables } from '../layers/index.ts';
import type { LlamaConfig } from './config.ts';

/** cos and sin [positions, head size / 2]: angle = position / theta^(2 i / head size). */
export function rotaryTables(config: LlamaConfig): RotaryTables {
  const half = config.headSize / 2;
  const inverse = Float64Array.from({ length: half }, (_, i) => config.rope.theta ** (-i / half));
  const table = (wave: (angle: number) => number) => {
    const values = new Float32Array(config.maxPositions * half);
    for (let p = 0; p < config.maxPositions; p++) {
      for (let i = 0; i < half; i++) values[p * half + i] = wave(p * (inverse[i] as number));
    }
    return constant(values, [config.maxPositions, half]);
  };
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
