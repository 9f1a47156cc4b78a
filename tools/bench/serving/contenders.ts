// Who is measured: Hone as a server and as a library, PyTorch, llama.cpp, Transformers.js, each in its precisions.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../run-command.ts';
import { modelPlace } from './make-model.ts';
import type { Shape } from './workload.ts';

/** What rows are compared with: 32 bits (or 16) with PyTorch's and llama.cpp's float32, 8 bits with their 8 bits. */
export type Class = 'float' | 'int8';

export type Contender = {
  readonly name: string;
  readonly label: string;
  readonly class: Class;
  readonly command: readonly [string, ...string[]];
  /** Without it the contender cannot run. */
  readonly needs: readonly string[];
};

/** Those that others are divided by. */
export const references = {
  float: { torch: 'torch-fp32', llama: 'llama-f32' },
  int8: { torch: 'torch-int8', llama: 'llama-q8_0' },
} as const satisfies Record<Class, { readonly torch: string; readonly llama: string }>;

/** The contenders for a made model; the workload's file is the last argument to be added. */
export function listContenders(
  directory: string,
  shape: Shape,
  { python }: { readonly python: string },
): readonly Contender[] {
  const place = modelPlace(directory, shape);
  const own = (program: string) => join(import.meta.dirname, 'contenders', `${program}.ts`);
  const peer = (...path: string[]) => join(ROOT, 'tools', 'peers', ...path);
  const node = (program: string, model: string, ...more: string[]): Contender['command'] => [
    process.execPath,
    program,
    ...['--model', model, ...more],
  ];
  const hone = (program: string, precision: string) =>
    ({ command: node(own(program), place.model, '--precision', precision), needs: [place.model] }) as const;
  const torch = (precision: string) => {
    const script = peer('torch', 'generate.py');
    const command = [python, script, '--model', place.model, '--precision', precision] as const;
    return { command, needs: [python, place.model] };
  };
  const llama = (type: 'f32' | 'q8_0', ...more: string[]) => {
    const [program, model] = [peer('llama', 'generate.ts'), place.gguf(type)];
    return { command: node(program, model, ...more), needs: [peer('llama', 'node_modules'), model] };
  };
  const transformersJs = (precision: string) => {
    const program = peer('transformersjs', 'generate.ts');
    const needs = [peer('transformersjs', 'node_modules'), place.onnx];
    return { command: node(program, place.onnx, '--precision', precision), needs };
  };
  return [
    { name: 'hone-server', label: 'Hone, server', class: 'float', ...hone('hone-server', 'float32') },
    { name: 'hone-engine', label: 'Hone, in process', class: 'float', ...hone('hone-engine', 'float32') },
    { name: 'torch-fp32', label: 'PyTorch fp32', class: 'float', ...torch('fp32') },
    { name: 'torch-bf16', label: 'PyTorch bf16', class: 'float', ...torch('bf16') },
    { name: 'llama-f32', label: 'llama.cpp f32', class: 'float', ...llama('f32') },
    {
      name: 'llama-exact',
      label: 'llama.cpp f32, attention too',
      class: 'float',
      ...llama('f32', '--exact'),
    },
    { name: 'tjs-fp32', label: 'Transformers.js fp32', class: 'float', ...transformersJs('fp32') },
    { name: 'hone-server-int8', label: 'Hone int8, server', class: 'int8', ...hone('hone-server', 'int8') },
    {
      name: 'hone-engine-int8',
      label: 'Hone int8, in process',
      class: 'int8',
      ...hone('hone-engine', 'int8'),
    },
    { name: 'torch-int8', label: 'PyTorch int8 (dynamic)', class: 'int8', ...torch('int8') },
    { name: 'llama-q8_0', label: 'llama.cpp q8_0', class: 'int8', ...llama('q8_0') },
    { name: 'tjs-q8', label: 'Transformers.js q8', class: 'int8', ...transformersJs('q8') },
  ];
}

/** What a contender lacks; undefined where it can run. */
export function lackOf({ needs }: Contender): string | undefined {
  return needs.find((path) => !existsSync(path));
}
