// Copies versions: within a registry, to another one, or through a file.
import { InputError } from '../core/index.ts';
import type { Change, ModelVersion, Tag } from './entities.ts';
import type { Registry } from './registry.ts';
import { tagKeys } from './tag-keys.ts';

/** A version as it travels: plain JSON. */
export type VersionRecord = {
  readonly format: 'hone.model-version/1';
  readonly name: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly source: string;
  readonly stage: string;
  readonly runId: string | undefined;
  readonly runLink: string | undefined;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
};

/** How a record becomes a version. */
export type ImportOptions = Change & {
  /** The model that it becomes a version of; made where it is missing. The record's own name by default. */
  readonly name?: string;
  /** Where the files lie now, if they were copied. */
  readonly source?: string;
  /** Whether the aliases come along; they are moved where they exist. */
  readonly aliases?: boolean;
  /** What the record came from, for the tag that tells the lineage: a server's address. */
  readonly from?: string;
};

/** A version as a record. Tags that tell of deployments stay behind: it is not deployed elsewhere. @throws NotFoundError */
export async function exportVersion(
  registry: Registry,
  name: string,
  version: number,
): Promise<VersionRecord> {
  return recordOf(await registry.versions.get(name, version));
}

/** Registers the version of a record under the next number. Its stage is None: nothing goes to production by being copied. */
export async function importVersion(
  registry: Registry,
  record: VersionRecord,
  options: ImportOptions = {},
): Promise<ModelVersion> {
  const { name = record.name, source = record.source, aliases = false, from, by, reason } = options;
  if (record.format !== 'hone.model-version/1')
    throw new InputError(
      `Cannot import a record of format '${record.format}'; export it with this version of Hone`,
    );
  const origin = `models:/${record.name}/${record.version}`;
  const lineage = { key: tagKeys.copiedFrom, value: from === undefined ? origin : `${from} ${origin}` };
  const change = { by, reason: reason ?? `copied from ${lineage.value}` };
  await registry.models.ensure(name, change);
  const request = {
    source,
    description: record.description,
    runId: record.runId,
    runLink: record.runLink,
    tags: [...record.tags, lineage],
  };
  const { version } = await registry.versions.create(name, request, change);
  for (const alias of aliases ? record.aliases : [])
    await registry.aliases.set(name, alias, { version, ...change });
  return await registry.versions.get(name, version);
}

/** Copies a version to another registry or to another model of the same one. */
export async function copyVersion(
  from: { readonly registry: Registry; readonly name: string; readonly version: number },
  to: ImportOptions & { readonly registry: Registry },
): Promise<ModelVersion> {
  const { registry, ...options } = to;
  return await importVersion(registry, await exportVersion(from.registry, from.name, from.version), options);
}

function recordOf(version: ModelVersion): VersionRecord {
  const deployed = version.lifecycle === 'DEPLOYED';
  return {
    format: 'hone.model-version/1',
    name: version.name,
    version: version.version,
    description: version.description,
    // A models:/ source means nothing elsewhere.
    source: version.storageLocation,
    stage: version.stage,
    runId: version.runId,
    runLink: version.runLink,
    tags: version.tags
      .filter(({ key }) => key !== tagKeys.deployments)
      .map(({ key, value }) => ({ key, value: deployed && key === tagKeys.lifecycle ? 'VALIDATED' : value })),
    aliases: version.aliases,
  };
}
