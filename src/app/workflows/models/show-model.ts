// Models listed, and everything about one.
import type {
  AuditEntry,
  ModelVersion,
  RegisteredModel,
  Registry,
  VersionCommand,
} from '../../../registry/index.ts';
import { findNamed } from './find-versions.ts';

/** All models that a filter selects, by name; at most `limit`. */
export async function listModels(
  registry: Registry,
  { filter, limit }: { readonly filter?: string | undefined; readonly limit: number },
): Promise<{ readonly models: readonly RegisteredModel[]; readonly hasMore: boolean }> {
  const models: RegisteredModel[] = [];
  for (
    let pageToken: string | undefined, isFirst = true;
    isFirst || pageToken !== undefined;
    isFirst = false
  ) {
    const maxResults = Math.min(1000, limit + 1 - models.length);
    const page: Awaited<ReturnType<Registry['models']['search']>> = await registry.models.search({
      filter,
      maxResults,
      pageToken,
    });
    models.push(...page.items);
    pageToken = models.length > limit ? undefined : page.nextPageToken;
  }
  return { models: models.slice(0, limit), hasMore: models.length > limit };
}

export type ModelDetails = {
  readonly model: RegisteredModel;
  /** Oldest first. */
  readonly versions: readonly ModelVersion[];
  /** The version that was named. */
  readonly version: ModelVersion | undefined;
  /** What the lifecycle of that version permits now. */
  readonly allowed: readonly VersionCommand[];
  /** What happened last to the model, newest first. */
  readonly audit: readonly AuditEntry[];
};

const shownEntries = 10;

/** @throws NotFoundError with the nearest name */
export async function showModel(registry: Registry, reference: string): Promise<ModelDetails> {
  const { model, version } = await findNamed(registry, reference);
  const audit = await registry.audit.history({ model: model.name, limit: shownEntries });
  return {
    model,
    version,
    versions: await registry.versions.list(model.name),
    allowed: version === undefined ? [] : registry.versionLifecycle.allowed(version),
    audit,
  };
}
