// Has the database itself write down every change of a job's state: what happened, whoever did it.
import { sql } from 'kysely';
import type { Database } from '../../src/store/index.ts';

type StateTables = { readonly chaos_states: { number: number; job: string; state: string; attempt: number } };

/** A state that a job came to, in the order in which it did. */
export type ReachedState = { readonly state: string; readonly attempt: number };

const forSqlite = [
  'create table chaos_states (number integer primary key, job text not null, state text not null, attempt bigint not null)',
  `create trigger chaos_states_told after update on jobs when old.state <> new.state begin
    insert into chaos_states (job, state, attempt) values (new.id, new.state, new.attempt); end`,
];

const forPostgres = [
  'create table chaos_states (number bigserial primary key, job text not null, state text not null, attempt bigint not null)',
  `create function chaos_tell() returns trigger language plpgsql as $$ begin
    insert into chaos_states (job, state, attempt) values (new.id, new.state, new.attempt); return new; end $$`,
  `create trigger chaos_states_told after update on jobs for each row when (old.state <> new.state)
    execute function chaos_tell()`,
];

/** From now on. */
export async function watchStates(database: Database): Promise<void> {
  const tables = database.tables<StateTables>();
  for (const statement of tables.dialect === 'sqlite' ? forSqlite : forPostgres)
    await tables.write(async ({ db }) => {
      await sql.raw(statement).execute(db);
    });
}

/** Of each job, by its id. */
export async function reachedStates(
  database: Database,
): Promise<ReadonlyMap<string, readonly ReachedState[]>> {
  const rows = await database
    .tables<StateTables>()
    .db.selectFrom('chaos_states')
    .selectAll()
    .orderBy('number')
    .execute();
  const states = new Map<string, ReachedState[]>();
  for (const { job, state, attempt } of rows)
    states.set(job, [...(states.get(job) ?? []), { state, attempt }]);
  return states;
}
