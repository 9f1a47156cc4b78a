// The messages about registered models and their versions, and ours as theirs.
import { type ModelVersion, type RegisteredModel, registrationStatuses } from '../../../registry/index.ts';
import { enumeration, int64, message, type Output, repeated, string, withDefault } from '../wire/index.ts';

/** A tag as it is sent: what is missing is empty. */
export const registryTag = message({ key: withDefault(string(), ''), value: withDefault(string(), '') });

export const modelVersionMessage = message({
  name: string(),
  version: string(),
  creation_timestamp: int64(),
  last_updated_timestamp: int64(),
  current_stage: string(),
  description: string(),
  source: string(),
  run_id: string(),
  status: enumeration(registrationStatuses),
  status_message: string(),
  tags: repeated(registryTag),
  run_link: string(),
  aliases: repeated(string()),
});

export const registeredModelMessage = message({
  name: string(),
  creation_timestamp: int64(),
  last_updated_timestamp: int64(),
  description: string(),
  latest_versions: repeated(modelVersionMessage),
  tags: repeated(registryTag),
  aliases: repeated(message({ alias: string(), version: string() })),
});

export function toModelVersionMessage(version: ModelVersion): Output<typeof modelVersionMessage> {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    status_message: version.statusMessage,
    tags: version.tags,
    run_link: version.runLink,
    aliases: version.aliases,
  };
}

/** A version as MLflow lists it, within a model and among search results: without its aliases. */
export function toListedVersionMessage(version: ModelVersion): Output<typeof modelVersionMessage> {
  return { ...toModelVersionMessage(version), aliases: [] };
}

export function toRegisteredModelMessage(model: RegisteredModel): Output<typeof registeredModelMessage> {
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    description: model.description === '' ? undefined : model.description,
    latest_versions: model.latestVersions.map(toListedVersionMessage),
    tags: model.tags,
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  };
}
