// New models by a short text: 'new:small', 'new:small:layers=8', 'new:hiddenSize=256:layers=6'.
import { didYouMean, InputError } from '../core/index.ts';
import { llamaModel } from './llama/model.ts';
import { llamaPresets, type NewLlamaOptions, newLlamaConfig } from './llama/new-config.ts';
import type { CausalModel } from './model.ts';

const prefix = 'new:';

const numbers = [
  'hiddenSize',
  'layers',
  'heads',
  'keyValueHeads',
  'headSize',
  'intermediateSize',
  'maxPositions',
  'ropeTheta',
  'rmsEpsilon',
  'initializerRange',
] as const satisfies readonly (keyof NewLlamaOptions)[];

const presets: Readonly<Record<string, Omit<NewLlamaOptions, 'vocabSize'>>> = llamaPresets;

/** Whether a model is named as a new one, not as a directory. */
export function isNewModel(spec: string): boolean {
  return spec.startsWith(prefix);
}

/**
 * A new, untrained model: `new:` and a preset (tiny, small, medium, smol135), sizes (`layers=6`), or both, divided by ':'
 * or ',' (which command lines take for a list).
 * @throws InputError naming what is not known or does not fit
 */
export function newModel(spec: string, vocabSize: number): CausalModel {
  const options = parseNewModel(spec);
  try {
    return llamaModel(newLlamaConfig({ ...options, vocabSize }));
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new InputError(`Cannot use model '${spec}': ${cause.message}`, { cause });
    throw cause;
  }
}

function parseNewModel(spec: string): Omit<NewLlamaOptions, 'vocabSize'> {
  if (!isNewModel(spec))
    throw new InputError(`Cannot read model '${spec}': it does not begin with '${prefix}'`);
  const parts = spec
    .slice(prefix.length)
    .split(/[,:]/)
    .map((part) => part.trim());
  return Object.assign({}, ...parts.map((part) => parsePart(spec, part)));
}

function parsePart(spec: string, part: string): Partial<NewLlamaOptions> {
  const fail = (reason: string) => new InputError(`Cannot read model '${spec}': ${reason}`);
  const [name = '', value] = part.split('=');
  if (value === undefined) {
    const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
    if (preset === undefined)
      throw fail(`size '${name}' is not known. ${didYouMean(name, Object.keys(presets))}`);
    return preset;
  }
  if (name === 'tiedEmbeddings') {
    if (value !== 'true' && value !== 'false')
      throw fail(`'${name}' must be true or false, current value is '${value}'`);
    return { tiedEmbeddings: value === 'true' };
  }
  const key = numbers.find((known) => known === name);
  if (key === undefined)
    throw fail(`'${name}' is not known. ${didYouMean(name, [...numbers, 'tiedEmbeddings'])}`);
  const number = Number(value);
  if (value === '' || !Number.isFinite(number))
    throw fail(`'${name}' must be a number, current value is '${value}'`);
  return { [key]: number };
}
