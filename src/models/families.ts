// The model families by the `model_type` of config.json; a new family is a folder and a line here.
import { InputError } from '../core/index.ts';
import { llamaModelTypes } from './llama/config.ts';
import { llamaModel } from './llama/model.ts';
import { parseLlamaConfig } from './llama/parse-config.ts';
import type { CausalModel } from './model.ts';

type Family = {
  readonly modelTypes: readonly string[];
  readonly build: (json: unknown, file: string) => CausalModel;
};

const families: readonly Family[] = [
  { modelTypes: llamaModelTypes, build: (json, file) => llamaModel(parseLlamaConfig(json, file)) },
];

/** Values of `model_type` that Hone knows. */
export const modelTypes: readonly string[] = families.flatMap((family) => family.modelTypes);

/**
 * The model that a `config.json` describes.
 * @param file named in errors
 * @throws InputError for an architecture that is not known, InputErrors for settings that are wrong
 */
export function modelFromConfig(json: unknown, file: string): CausalModel {
  const type =
    typeof json === 'object' && json !== null && 'model_type' in json ? json.model_type : undefined;
  const family = families.find(({ modelTypes }) => modelTypes.some((known) => known === type));
  if (family !== undefined) return family.build(json, file);
  const what =
    type === undefined ? `it has no 'model_type'` : `architecture ${JSON.stringify(type)} is not known`;
  throw new InputError(`Cannot use this model: ${what}; known: ${modelTypes.join(', ')}`, {
    location: { file },
  });
}
