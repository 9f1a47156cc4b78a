// What was imported from where, kept in the database: an import that was stopped goes on, a repeated one adds what is new.
import type { Database, Migration, Tables } from '../../../store/index.ts';
import type { Problem } from './problems.ts';

/** The ledger's table. `fingerprint` is null while something is on its way or may still change. */
export const importsMigration: Migration = {
  name: '0006-imports',
  statements: ({ text, clustered }) => [
    `create table imported (
      source ${text} not null,
      kind ${text} not null,
      entity ${text} not null,
      target ${text} not null,
      origin_uri ${text} not null,
      fingerprint ${text},
      problems ${text} not null,
      primary key (source, kind, entity)
    ) ${clustered}`,
  ],
};

type LedgerTables = {
  readonly imported: {
    readonly source: string;
    readonly kind: string;
    readonly entity: string;
    readonly target: string;
    readonly origin_uri: string;
    readonly fingerprint: string | null;
    readonly problems: string;
  };
};

/** What is imported; `entity` is the source's id of it. */
export type EntityKind = 'experiment' | 'run' | 'logged model' | 'registered model' | 'version';

/** How far something has come. */
export type LedgerEntry = {
  /** What it is here: an experiment's id, the URI of artifacts; '' where that needs no words. */
  readonly target: string;
  /** The URI of its artifacts at the source. */
  readonly originUri: string;
  /** The state in which all of it came over; undefined while it has not. */
  readonly fingerprint: string | undefined;
  /** What did not fit, to be told again when the rest needs no import. */
  readonly problems: readonly Problem[];
};

/** The part of the ledger that is about one source. */
export class Ledger {
  readonly #tables: Tables<LedgerTables>;
  readonly #source: string;

  constructor(database: Database, source: string) {
    this.#tables = database.tables<LedgerTables>();
    this.#source = source;
  }

  async find(kind: EntityKind, entity: string): Promise<LedgerEntry | undefined> {
    const row = await this.#tables.db
      .selectFrom('imported')
      .selectAll()
      .where('source', '=', this.#source)
      .where('kind', '=', kind)
      .where('entity', '=', entity)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    // Written by `put` alone.
    const problems: readonly Problem[] = JSON.parse(row.problems);
    return {
      target: row.target,
      originUri: row.origin_uri,
      fingerprint: row.fingerprint ?? undefined,
      problems,
    };
  }

  async put(kind: EntityKind, entity: string, entry: LedgerEntry): Promise<void> {
    const values = {
      target: entry.target,
      origin_uri: entry.originUri,
      fingerprint: entry.fingerprint ?? null,
      problems: JSON.stringify(entry.problems),
    };
    await this.#tables.write(({ db }) =>
      db
        .insertInto('imported')
        .values({ source: this.#source, kind, entity, ...values })
        .onConflict((conflict) => conflict.columns(['source', 'kind', 'entity']).doUpdateSet(values))
        .execute(),
    );
  }
}
