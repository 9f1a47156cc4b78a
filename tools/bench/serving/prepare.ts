// Makes the models and, with a Python that has the converters, the files that llama.cpp and Transformers.js read.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../run-command.ts';
import { makeModel, modelPlace } from './make-model.ts';
import { asShape, shapes } from './workload.ts';

const options = {
  dir: { type: 'string', default: join('.cache', 'bench-serving') },
  shapes: { type: 'string', default: Object.keys(shapes).join(',') },
  converters: { type: 'string' },
} as const;

/** What is there already is kept. */
export async function prepare(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const { dir, converters } = values;
  for (const shape of values.shapes.split(',').map(asShape)) {
    const { prompts, model, gguf, onnx } = modelPlace(dir, shape);
    if (!existsSync(prompts)) await makeModel(dir, shape);
    if (converters === undefined) continue;
    const convert = (script: string, out: string) => {
      const path = join(ROOT, 'tools', 'peers', script);
      if (!existsSync(out)) execFileSync(converters, [path, model, out], { stdio: 'inherit' });
    };
    convert('llama/convert.py', join(gguf('f32'), '..'));
    convert('transformersjs/export.py', onnx);
  }
}
