// What every part of the registry works with.
import { InputError, NotFoundError } from '../core/index.ts';
import type { Tables, Transaction } from '../store/index.ts';
import type { TrackingLinks } from './entities.ts';
import type { RegistryTables } from './tables.ts';

/** What every part of the registry works with. */
export type RegistryContext = {
  readonly tables: Tables<RegistryTables>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly tracking: TrackingLinks | undefined;
};

export type RegistryTransaction = Transaction<RegistryTables>;
export type RegistryReader = Pick<RegistryTransaction, 'db'>;

/** A registered model's row, by what changes need of it. */
export type ModelRow = {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly last_version: number;
  readonly stage: string;
  readonly current_version: number | null;
};

/** The model of a name. @throws NotFoundError */
export async function findModel({ db }: RegistryReader, name: string): Promise<ModelRow> {
  const query = db.selectFrom('registered_models').selectAll();
  const row = await query.where('name', '=', name).where('deleted_at', 'is', null).executeTakeFirst();
  return row ?? refuseModel(name);
}

/** The model of a name, held until the transaction ends: changes of one model come one after the other. @throws NotFoundError */
export async function lockModel({ db, dialect }: RegistryTransaction, name: string): Promise<ModelRow> {
  const query = db
    .selectFrom('registered_models')
    .selectAll()
    .where('name', '=', name)
    .where('deleted_at', 'is', null);
  // On SQLite a write transaction is alone anyway.
  const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  return row ?? refuseModel(name);
}

function refuseModel(name: string): never {
  throw new NotFoundError(`Registered Model with name=${name} not found`);
}

/** @throws InputError where the registry stands without tracking */
export function trackingOf({ tracking }: RegistryContext, wanted: string): TrackingLinks {
  if (tracking === undefined)
    throw new InputError(
      `Cannot look up ${wanted}: this registry was opened without tracking; give the location of the files`,
    );
  return tracking;
}

/** Whether the database refused a row because another one has what must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOfPostgres = 'code' in error && error.code === '23505';
  // SQLITE_CONSTRAINT_UNIQUE
  return isOfPostgres || ('errcode' in error && error.errcode === 2067);
}
