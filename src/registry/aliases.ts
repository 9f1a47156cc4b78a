// Aliases: names that point to one version of a model and can be moved to another.
import { InputError, NotFoundError } from '../core/index.ts';
import { recordChange } from './audit/record.ts';
import { findModel, lockModel, type RegistryContext } from './context.ts';
import type { Change, ModelVersion } from './entities.ts';
import { checkAlias, checkAliasIsFree, checkModelName, isLatest } from './names.ts';
import { findVersion, latestRows, loadVersion } from './versions/rows.ts';
import { holdVersion } from './versions/write.ts';

/** The aliases of a registry's models. */
export class Aliases {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** Points an alias to a version, wherever it pointed before. @throws InputError for 'latest' and 'v1'; NotFoundError */
  async set(
    name: string,
    alias: string,
    { version, ...change }: Change & { readonly version: number },
  ): Promise<void> {
    checkModelName(name);
    checkAlias(alias);
    checkAliasIsFree(alias);
    const now = this.#context.now();
    await this.#context.tables.write((transaction) =>
      holdVersion(transaction, { name, version, now }, async ({ row: { model: id } }) => {
        const { db } = transaction;
        const query = db.selectFrom('model_aliases').select('version').where('model', '=', id);
        const present = await query.where('alias', '=', alias).executeTakeFirst();
        if (present?.version === version) return;
        await db
          .insertInto('model_aliases')
          .values({ model: id, alias, version })
          .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version }))
          .execute();
        const event = { model: { id, name }, version, subject: alias, after: version } as const;
        const told =
          present === undefined
            ? ({ ...event, action: 'alias.set' } as const)
            : ({ ...event, action: 'alias.moved', before: present.version } as const);
        await recordChange(transaction, told, { ...change, now });
      }),
    );
  }

  /** Deletes an alias; one that is not there is no error. @throws NotFoundError where the model is missing */
  async delete(name: string, alias: string, change: Change = {}): Promise<void> {
    checkModelName(name);
    checkAlias(alias);
    const now = this.#context.now();
    await this.#context.tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, name);
      const query = transaction.db
        .deleteFrom('model_aliases')
        .where('model', '=', id)
        .where('alias', '=', alias);
      const dropped = await query.returning('version').executeTakeFirst();
      if (dropped === undefined) return;
      const { version } = dropped;
      const event = {
        action: 'alias.deleted',
        model: { id, name },
        version,
        subject: alias,
        before: version,
      } as const;
      await recordChange(transaction, event, { ...change, now });
    });
  }

  /** The version that an alias points to; 'latest' is the newest. @throws NotFoundError for the model, InputError for the alias */
  async get(name: string, alias: string): Promise<ModelVersion> {
    checkModelName(name);
    checkAlias(alias);
    const reader = this.#context.tables;
    const { id } = await findModel(reader, name);
    if (isLatest(alias)) return await this.#newest(name, id);
    const query = reader.db.selectFrom('model_aliases').select('version').where('model', '=', id);
    const row = await query.where('alias', '=', alias).executeTakeFirst();
    // MLflow's clients know this as a wrong parameter, not as a missing thing.
    if (row === undefined) throw new InputError(`Registered model alias ${alias} not found.`);
    return await loadVersion(reader, await findVersion(reader, name, row.version));
  }

  async #newest(name: string, model: number): Promise<ModelVersion> {
    const rows = await latestRows(this.#context.tables, [model]);
    const [newest] = rows.toSorted((a, b) => b.version - a.version);
    if (newest === undefined) throw new NotFoundError(`Latest version not found for model ${name}.`);
    return await loadVersion(this.#context.tables, newest);
  }
}
