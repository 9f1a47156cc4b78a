// Which model of the catalogue a request means: the service's callers know models by names of their own.
import type { ModelCatalogue } from '../../app/index.ts';
import { NotFoundError } from '../../core/index.ts';
import { DpoError } from './errors.ts';

/** The service's names, and what its trainer calls them. */
const trainerNames: ReadonlyMap<string, string> = new Map([
  ['pythia_2_8b', 'pythia28'],
  ['pythia-2.8b', 'pythia28'],
  ['pythia_6_9b', 'pythia69'],
  ['pythia-6.9b', 'pythia69'],
  ['zephyr', 'zephyr'],
  ['gpt2', 'gpt2-large'],
  ['llama', 'llama7b'],
]);

export type ModelChoice = {
  readonly models: ModelCatalogue;
  readonly owner: string;
  readonly modelMap: ReadonlyMap<string, string>;
};

/**
 * The id of the model: as the settings map it, else the catalogue's model of that name. A name of the service's own falls to the only
 * base model where there is but one.
 * @throws DpoError that lists the models that there are
 */
export async function chooseModel(name: string, { models, owner, modelMap }: ModelChoice): Promise<string> {
  const trainerName = trainerNames.get(name) ?? name;
  const wanted = modelMap.get(name) ?? modelMap.get(trainerName);
  const candidates = wanted === undefined ? [name, trainerName] : [wanted];
  for (const id of candidates) if (await isThere(id, { models, owner })) return id;
  const all = await models.list({ owner });
  const bases = all.filter(({ kind }) => kind === 'base');
  const [only] = bases;
  const isOwnName = trainerNames.has(name) || [...trainerNames.values()].includes(name);
  if (wanted === undefined && isOwnName && only !== undefined && bases.length === 1) return only.id;
  const named = wanted === undefined ? `'${name}'` : `'${name}', which stands for '${wanted}',`;
  const known = [...modelMap.keys(), ...all.map(({ id }) => id)].slice(0, 50).join(', ');
  throw new DpoError(
    400,
    `Cannot tune ${named} as base_model: this service has no such model; it has ${known || 'none, so that one must be served first'}`,
  );
}

async function isThere(
  id: string,
  { models, owner }: Pick<ModelChoice, 'models' | 'owner'>,
): Promise<boolean> {
  try {
    await models.get(id, { owner });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
