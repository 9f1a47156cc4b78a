// Finds the models and versions that a user names: support, support/3, support/1.2.0, support@champion.
import { didYouMean, InputError, NotFoundError } from '../../../core/index.ts';
import type { ModelVersion, RegisteredModel, Registry } from '../../../registry/index.ts';

/** A model, and a version of it where one is named. */
export type Named = { readonly model: RegisteredModel; readonly version: ModelVersion | undefined };

/** @throws NotFoundError for a name that no model has, with the nearest one */
export async function findModel(registry: Registry, name: string): Promise<RegisteredModel> {
  try {
    return await registry.models.get(name);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const { items } = await registry.models.search({ maxResults: 1000 });
    const known =
      items.length === 0
        ? 'None is registered'
        : didYouMean(
            name,
            items.map((one) => one.name),
          );
    throw new NotFoundError(`Cannot find the model '${name}'. ${known}`);
  }
}

/** The version of a number, of x.y.z, of an alias, or `latest`. @throws NotFoundError, InputError for an unknown alias */
export async function findVersion(registry: Registry, name: string, text: string): Promise<ModelVersion> {
  const alias = text.replace(/^@/, '');
  if (/^\d+\.\d+\.\d+$/.test(text)) return registry.versions.getBySemanticVersion(name, text);
  if (!/^\d{1,15}$/.test(text)) return findAlias(registry, name, alias);
  try {
    return await registry.versions.get(name, Number(text));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const known = (await registry.versions.list(name)).map(({ version }) => version);
    throw new NotFoundError(
      `Cannot find version ${text} of '${name}': it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    );
  }
}

async function findAlias(registry: Registry, name: string, alias: string): Promise<ModelVersion> {
  const { aliases } = await registry.models.get(name);
  const known = aliases.map((one) => one.alias);
  if (!known.includes(alias) && alias.toLowerCase() !== 'latest')
    throw new InputError(
      `Cannot find '${alias}' of '${name}': it is no version number and no alias. ${known.length === 0 ? 'The model has no aliases' : didYouMean(alias, known)}`,
    );
  return registry.aliases.get(name, alias);
}

/** What `NAME`, `NAME/VERSION`, `NAME@ALIAS` or `models:/...` of these means. */
export async function findNamed(registry: Registry, text: string): Promise<Named> {
  const reference = text.replace(/^models:\/+/, '');
  const slash = reference.indexOf('/');
  // A name may hold an @ itself
  const at = (await isModel(registry, reference)) ? -1 : reference.lastIndexOf('@');
  const end = slash !== -1 ? slash : at > 0 ? at : reference.length;
  const model = await findModel(registry, reference.slice(0, end));
  const wanted = reference.slice(end + 1);
  return { model, version: wanted === '' ? undefined : await findVersion(registry, model.name, wanted) };
}

async function isModel(registry: Registry, name: string): Promise<boolean> {
  if (!name.includes('@') || name.includes('/')) return false;
  return registry.models.get(name).then(
    () => true,
    () => false,
  );
}
