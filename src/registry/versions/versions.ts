// Versions of models: registered, described, moved between stages, deleted and brought back.
import { NotFoundError, StateError } from '../../core/index.ts';
import { recordChange } from '../audit/record.ts';
import {
  findModel,
  isUniqueViolation,
  lockModel,
  type RegistryContext,
  type RegistryTransaction,
} from '../context.ts';
import type { Change, ModelVersion, Page, RegistrationStatus, Tag } from '../entities.ts';
import { checkLength, checkModelName, checkTag, distinctTags, limits } from '../names.ts';
import { searchVersionRows, type VersionSearch } from '../search.ts';
import { checkSource, originOf, type SourceRequest } from '../source.ts';
import { checkIsActive, stageOf, stages } from '../stages.ts';
import { checkOwnTags, isPrompt, lifecycleOf, semanticVersionTaken, tagKeys, tagValue } from '../tag-keys.ts';
import { findVersion, latestRows, loadVersion, loadVersions, missingVersion } from './rows.ts';
import {
  type HeldVersion,
  holdVersion,
  insertVersion,
  moveToStage,
  updateVersion,
  versionsInStage,
} from './write.ts';

/** What a new version is registered with. */
export type NewVersion = SourceRequest & {
  readonly runLink?: string | undefined;
  readonly description?: string | undefined;
  /** x.y.z; also as the tag `hone.semantic_version`. */
  readonly semanticVersion?: string;
};

/** The versions of a registry's models. */
export class Versions {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /**
   * Refuses what a client from outside must not register: files of this machine that are not those of its run, paths with '..'.
   * @throws InputError, NotFoundError
   */
  async checkSource(request: SourceRequest): Promise<void> {
    await checkSource(this.#context, request);
  }

  /** Registers a version under the next number; no number is given twice. @throws NotFoundError where the model is missing */
  async create(name: string, request: NewVersion, change: Change = {}): Promise<ModelVersion> {
    checkModelName(name);
    const tags = tagsOf(request);
    const origin = await originOf(this.#context, request);
    const now = this.#context.now();
    const fields = {
      name,
      description: request.description ?? null,
      source: request.source,
      storage_location: origin.storageLocation,
      run_id: origin.runId ?? request.runId ?? null,
      run_link: request.runLink ?? null,
      logged_model_id: request.modelId || null,
      status: statusOf(tags),
    };
    const work = (transaction: RegistryTransaction) =>
      insertVersion(transaction, { fields, tags, change, now });
    const version = await this.#context.tables.write(work).catch((error: unknown) => {
      throw isUniqueViolation(error)
        ? semanticVersionTaken(name, tagValue(tags, tagKeys.semanticVersion))
        : error;
    });
    if (request.modelId && !isPrompt(tags))
      await this.#context.tracking?.versionRegistered(request.modelId, { name, version });
    return await this.get(name, version);
  }

  /** @throws NotFoundError */
  async get(name: string, version: number): Promise<ModelVersion> {
    checkModelName(name);
    return await loadVersion(this.#context.tables, await findVersion(this.#context.tables, name, version));
  }

  /** All versions of a model, oldest first. @throws NotFoundError */
  async list(name: string): Promise<readonly ModelVersion[]> {
    checkModelName(name);
    const reader = this.#context.tables;
    const { id } = await findModel(reader, name);
    const query = reader.db.selectFrom('model_versions').selectAll().where('model', '=', id);
    return await loadVersions(
      reader,
      await query.where('deleted_at', 'is', null).orderBy('version').execute(),
    );
  }

  /** The version of an x.y.z. @throws NotFoundError */
  async getBySemanticVersion(name: string, semanticVersion: string): Promise<ModelVersion> {
    const { db } = this.#context.tables;
    const row = await db
      .selectFrom('model_version_tags')
      .innerJoin('registered_models', 'registered_models.id', 'model_version_tags.model')
      .select('version')
      .where('name', '=', name)
      .where('deleted_at', 'is', null)
      .where('key', '=', tagKeys.semanticVersion)
      .where('value', '=', semanticVersion)
      .executeTakeFirst();
    if (row === undefined)
      throw new NotFoundError(
        `Cannot find version ${semanticVersion} of '${name}': no version has that number; list its versions`,
      );
    return await this.get(name, row.version);
  }

  /** The newest version of each stage, or of the stages given. @throws NotFoundError, InputError */
  async latest(name: string, wanted: readonly string[] = []): Promise<readonly ModelVersion[]> {
    checkModelName(name);
    const chosen = wanted.length === 0 ? stages : wanted.map(stageOf);
    const reader = this.#context.tables;
    const model = await findModel(reader, name);
    return await loadVersions(reader, await latestRows(reader, [model.id], chosen));
  }

  /** Where the files of a version lie. @throws NotFoundError */
  async downloadUri(name: string, version: number): Promise<string> {
    checkModelName(name);
    return (await findVersion(this.#context.tables, name, version)).storage_location;
  }

  /** Sets the description; undefined takes it away. @throws NotFoundError */
  async describe(name: string, version: number, description: string | undefined): Promise<ModelVersion> {
    if (description !== undefined) checkLength('description', description, limits.description);
    await this.#change(name, version, async ({ transaction, row, now }) => {
      await updateVersion(transaction, row, { description: description ?? null, updated_at: now });
    });
    return await this.get(name, version);
  }

  /** Moves a version to another stage; `archiveExisting` moves the others there to Archived. @throws InputError, NotFoundError */
  async transition(
    name: string,
    version: number,
    {
      stage: written,
      archiveExisting = false,
      ...change
    }: Change & { readonly stage: string; readonly archiveExisting?: boolean },
  ): Promise<ModelVersion> {
    const stage = stageOf(written);
    if (archiveExisting) checkIsActive(stage, written);
    await this.#change(name, version, async ({ transaction, row, now }) => {
      const others = archiveExisting ? await versionsInStage(transaction, row.model, stage) : [];
      for (const other of others)
        if (other.version !== version)
          await moveToStage(transaction, other, { stage: 'Archived', now, ...change });
      await moveToStage(transaction, row, { stage, now, ...change });
      const touched = { updated_at: now };
      await transaction.db
        .updateTable('registered_models')
        .set(touched)
        .where('id', '=', row.model)
        .execute();
    });
    return await this.get(name, version);
  }

  /** Deletes a version and the aliases that point to it. Until it is purged, it can be restored; its number is not given again. */
  async delete(name: string, version: number, change: Change = {}): Promise<void> {
    await this.#change(name, version, async ({ transaction, row, now }) => {
      const { db } = transaction;
      const dropped = db
        .deleteFrom('model_aliases')
        .where('model', '=', row.model)
        .where('version', '=', version);
      const model = { id: row.model, name };
      for (const { alias } of await dropped.returning('alias').execute()) {
        const event = { action: 'alias.deleted', model, version, subject: alias, before: version } as const;
        await recordChange(transaction, event, { ...change, now });
      }
      await updateVersion(transaction, row, { stage: 'None', deleted_at: now, updated_at: now });
      await db
        .updateTable('registered_models')
        .set({ updated_at: now })
        .where('id', '=', row.model)
        .execute();
      const event = { action: 'version.deleted', model, version, before: row.stage } as const;
      await recordChange(transaction, event, { ...change, now });
    });
  }

  /** Brings back a deleted version, in stage None and without aliases. @throws NotFoundError, StateError */
  async restore(name: string, version: number, change: Change = {}): Promise<ModelVersion> {
    const now = this.#context.now();
    await this.#context.tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, name);
      const query = transaction.db.selectFrom('model_versions').selectAll().where('model', '=', id);
      const row = await query.where('version', '=', version).executeTakeFirst();
      if (row === undefined) throw missingVersion(name, version);
      if (row.deleted_at === null)
        throw new StateError(`Cannot restore version ${version} of '${name}': it is not deleted`);
      await updateVersion(transaction, row, { deleted_at: null, updated_at: now });
      const { lifecycle } = await loadVersion(transaction, row);
      const event = { action: 'version.restored', model: { id, name }, version, after: lifecycle } as const;
      await recordChange(transaction, event, { ...change, now });
    });
    return await this.get(name, version);
  }

  /** The versions that a filter selects; those of prompts only where it asks for them. @throws InputError */
  async search(search: VersionSearch = {}): Promise<Page<ModelVersion>> {
    const { items, nextPageToken } = await searchVersionRows(this.#context, search);
    return { items: await loadVersions(this.#context.tables, items), nextPageToken };
  }

  async #change(name: string, version: number, work: (held: HeldVersion) => Promise<void>): Promise<void> {
    checkModelName(name);
    const now = this.#context.now();
    await this.#context.tables.write((transaction) => holdVersion(transaction, { name, version, now }, work));
  }
}

/** The tags of a new version, checked, with its semantic version among them. */
function tagsOf({ tags = [], semanticVersion }: NewVersion): readonly Tag[] {
  const own = semanticVersion === undefined ? [] : [{ key: tagKeys.semanticVersion, value: semanticVersion }];
  const all = distinctTags([...tags, ...own]);
  for (const tag of all) checkTag(tag);
  checkOwnTags(all);
  return all;
}

/** MLflow's clients wait while a version is pending. */
function statusOf(tags: readonly Tag[]): RegistrationStatus {
  const lifecycle = lifecycleOf(tags);
  if (lifecycle === 'FAILED') return 'FAILED_REGISTRATION';
  return lifecycle === 'CREATED' || lifecycle === 'TRAINING' ? 'PENDING_REGISTRATION' : 'READY';
}
