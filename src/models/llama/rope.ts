// Rotary position tables (Su et al., 2021) with their scalings, rounded where float32 arithmetic rounds.
import { constant } from '../../engine/index.ts';
import type { RotaryTables } from '../layers/index.ts';
import type { LlamaConfig } from './config.ts';
import { type Frequencies, rotaryFrequencies } from './rope-scaling.ts';

type TableData = { readonly cos: Float32Array; readonly sin: Float32Array };

const cache = new WeakMap<LlamaConfig, Map<number, TableData>>();

/**
 * cos and sin [positions, head size / 2]: angle = position * frequency, times the scaling's attention factor.
 * @param positions rows; for the scalings that depend on it ('dynamic', 'longrope') also the length of the sequence
 */
export function rotaryTables(config: LlamaConfig, positions: number): RotaryTables {
  const half = config.headSize / 2;
  const { cos, sin } = tableData(config, positions);
  return { cos: constant(cos, [positions, half]), sin: constant(sin, [positions, half]) };
}

function tableData(config: LlamaConfig, positions: number): TableData {
  const known = cache.get(config) ?? new Map<number, TableData>();
  cache.set(config, known);
  const data = known.get(positions) ?? computeTables(rotaryFrequencies(config, positions), positions);
  known.set(positions, data);
  return data;
}

function computeTables({ inverse, attentionFactor }: Frequencies, positions: number): TableData {
  const half = inverse.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(p * Math.fround(inverse[i] as number));
      cos[p * half + i] = Math.cos(angle) * attentionFactor;
      sin[p * half + i] = Math.sin(angle) * attentionFactor;
    }
  }
  return { cos, sin };
}
