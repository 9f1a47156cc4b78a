// Changes of models by hand: promotion, aliases, archive, deletion; each notes who and why.
import { StateError } from '../../../core/index.ts';
import { currentUser } from '../../../platform/index.ts';
import type { ModelVersion, Registry, Stage } from '../../../registry/index.ts';
import { findModel, findVersion } from './find-versions.ts';

/** Who changes something, the user of this machine unless said, and why. */
export type ByAndReason = { readonly by?: string | undefined; readonly reason?: string | undefined };

export type Promotion = ByAndReason & {
  readonly version: string;
  readonly to: Stage;
  /** Leaves the versions that are in the stage where they are; else they are archived. */
  readonly keepOthers?: boolean;
  /** Demands what the model's own lifecycle demands (what its tags must say), and moves the model's stage too. */
  readonly strict?: boolean;
};

/** Moves a version to a stage. @throws StateError for one that is not trained, failed or archived */
export async function promote(
  registry: Registry,
  name: string,
  { version: text, to, keepOthers = false, strict = false, ...change }: Promotion,
): Promise<ModelVersion> {
  await findModel(registry, name);
  const { version, lifecycle } = await findVersion(registry, name, text);
  const noted = signed(change);
  const isInUse = to === 'Production' || to === 'Staging';
  if (isInUse && ['CREATED', 'TRAINING', 'FAILED', 'ARCHIVED'].includes(lifecycle))
    throw new StateError(
      `Cannot promote version ${version} of '${name}' to ${to}: it is ${lifecycle}; take one that is trained`,
    );
  if (strict) await promoteStrictly(registry, name, { version, to, ...noted });
  else
    await registry.versions.transition(name, version, {
      stage: to,
      archiveExisting: isInUse && !keepOthers,
      ...noted,
    });
  return registry.versions.get(name, version);
}

async function promoteStrictly(
  registry: Registry,
  name: string,
  { version, to, ...change }: ByAndReason & { readonly version: number; readonly to: Stage },
): Promise<void> {
  if (to !== 'Production')
    throw new StateError(`Cannot promote to ${to} by --strict: the model's lifecycle knows production alone`);
  await registry.modelLifecycle.promoteToProduction(name, { version, ...change });
}

/** Points an alias to a version; resolves to its number. */
export async function setAlias(
  registry: Registry,
  name: string,
  { alias, version: text, ...change }: ByAndReason & { readonly alias: string; readonly version: string },
): Promise<number> {
  await findModel(registry, name);
  const { version } = await findVersion(registry, name, text);
  await registry.aliases.set(name, alias, { version, ...signed(change) });
  return version;
}

/** @throws InputError where the model has no such alias */
export async function deleteAlias(
  registry: Registry,
  name: string,
  { alias, ...change }: ByAndReason & { readonly alias: string },
): Promise<void> {
  await findModel(registry, name);
  await findVersion(registry, name, `@${alias}`);
  await registry.aliases.delete(name, alias, signed(change));
}

/** A model, or one version of it. */
export type ModelTarget = ByAndReason & { readonly version?: string | undefined };

/** Takes a version, or the model as a whole, out of use. */
export async function archive(
  registry: Registry,
  name: string,
  { version: text, ...change }: ModelTarget,
): Promise<void> {
  await findModel(registry, name);
  if (text === undefined) {
    await registry.modelLifecycle.move(name, 'archive', signed(change));
    return;
  }
  const { version } = await findVersion(registry, name, text);
  await registry.versionLifecycle.archive(name, version, signed(change));
}

/** Deletes a version, or the model with all of its versions; it can be restored until it is purged. */
export async function deleteModel(
  registry: Registry,
  name: string,
  { version: text, ...change }: ModelTarget,
): Promise<void> {
  await findModel(registry, name);
  if (text === undefined) {
    await registry.models.delete(name, signed(change));
    return;
  }
  const { version } = await findVersion(registry, name, text);
  await registry.versions.delete(name, version, signed(change));
}

/** Restores the model that was deleted last under a name, or one version by its number. */
export async function restoreModel(
  registry: Registry,
  name: string,
  { version, ...change }: ByAndReason & { readonly version?: number | undefined },
): Promise<void> {
  if (version === undefined) await registry.models.restore(name, signed(change));
  else await registry.versions.restore(name, version, signed(change));
}

/** With the user of this machine where nobody is named. */
export function signed({ by = currentUser(), reason }: ByAndReason): ByAndReason {
  return { by, ...(reason !== undefined && { reason }) };
}
