// Tags of models and of versions.
import { isUniqueViolation, lockModel, type RegistryContext, type RegistryTransaction } from './context.ts';
import type { Tag } from './entities.ts';
import { checkModelName, checkTag, checkTagKey } from './names.ts';
import { checkMayChange, semanticVersionTaken } from './tag-keys.ts';
import { holdVersion, putTag } from './versions/write.ts';

/** The tags of a registry's models and versions. */
export class Tags {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** Sets a tag of a model. @throws NotFoundError, InputError */
  async setOfModel(name: string, tag: Tag): Promise<void> {
    checkModelName(name);
    checkTag(tag);
    await this.#context.tables.write(async (transaction) => {
      const { id: model } = await lockModel(transaction, name);
      await transaction.db
        .insertInto('registered_model_tags')
        .values({ model, ...tag })
        .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet({ value: tag.value }))
        .execute();
    });
  }

  /** Deletes a tag of a model; one that is not there is no error. @throws NotFoundError where the model is missing */
  async deleteOfModel(name: string, key: string): Promise<void> {
    checkModelName(name);
    checkTagKey(key);
    await this.#context.tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, name);
      const query = transaction.db.deleteFrom('registered_model_tags').where('model', '=', id);
      await query.where('key', '=', key).execute();
    });
  }

  /** Sets a tag of a version. @throws NotFoundError, InputError; StateError for a tag that transitions keep */
  async setOfVersion(name: string, version: number, tag: Tag): Promise<void> {
    checkModelName(name);
    checkTag(tag);
    const now = this.#context.now();
    const work = (transaction: RegistryTransaction) =>
      holdVersion(transaction, { name, version, now }, async ({ row }) => {
        const before = await readTag(transaction, row, tag.key);
        checkMayChange(tag.key, { before, after: tag.value });
        await putTag(transaction, row, tag);
      });
    await this.#context.tables.write(work).catch((error: unknown) => {
      throw isUniqueViolation(error) ? semanticVersionTaken(name, tag.value) : error;
    });
  }

  /** Deletes a tag of a version; one that is not there is no error. @throws NotFoundError where the version is missing; StateError */
  async deleteOfVersion(name: string, version: number, key: string): Promise<void> {
    checkModelName(name);
    checkTagKey(key);
    const now = this.#context.now();
    await this.#context.tables.write((transaction) =>
      holdVersion(transaction, { name, version, now }, async ({ row }) => {
        const before = await readTag(transaction, row, key);
        if (before === undefined) return;
        checkMayChange(key, { before, after: undefined });
        const query = transaction.db.deleteFrom('model_version_tags').where('model', '=', row.model);
        await query.where('version', '=', version).where('key', '=', key).execute();
      }),
    );
  }
}

type VersionKey = { readonly model: number; readonly version: number };

async function readTag(
  { db }: RegistryTransaction,
  { model, version }: VersionKey,
  key: string,
): Promise<string | undefined> {
  const query = db.selectFrom('model_version_tags').select('value').where('model', '=', model);
  return (await query.where('version', '=', version).where('key', '=', key).executeTakeFirst())?.value;
}
