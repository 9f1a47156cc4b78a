// Runs: made, read, updated, deleted and restored.
import { randomUUID } from 'node:crypto';
import { InputError, NotFoundError, StateError } from '../core/index.ts';
import type { Tables, Transaction } from '../store/index.ts';
import type { Run, RunInfo, RunStatus, Tag } from './entities.ts';
import { type Experiments, refuseDeleted } from './experiments.ts';
import { noLinks } from './inputs/read-inputs.ts';
import { checkedNewTag } from './limits.ts';
import type { Names } from './names.ts';
import { readRuns } from './read-runs.ts';
import { randomRunName } from './run-names.ts';
import { type RunRow, toRunInfo } from './run-row.ts';
import { upsertTags } from './run-tags.ts';
import type { TrackingTables } from './tables.ts';

/** The tag that holds a run's name. */
export const runNameTag = 'mlflow.runName';

export type NewRun = {
  readonly experimentId: string;
  /** 32 hexadecimal digits; for a run that comes from elsewhere. */
  readonly runId?: string;
  readonly name?: string;
  readonly userId?: string;
  /** Milliseconds since 1970. */
  readonly startTime?: number;
  readonly tags?: readonly Tag[];
};

/** What changes; what is not given stays. */
export type RunUpdate = {
  readonly status?: RunStatus | undefined;
  readonly endTime?: number | undefined;
  readonly name?: string | undefined;
};

/** Runs of a database. Errors: NotFoundError, StateError (a deleted run or experiment), InputError. */
export class Runs {
  readonly #tables: Tables<TrackingTables>;
  readonly #experiments: Experiments;
  readonly #names: Names;

  constructor(tables: Tables<TrackingTables>, experiments: Experiments, names: Names) {
    this.#tables = tables;
    this.#experiments = experiments;
    this.#names = names;
  }

  async create({
    experimentId,
    runId = newRunId(),
    userId = '',
    startTime = 0,
    ...rest
  }: NewRun): Promise<Run> {
    const { name, tags } = namedTags(rest.name, rest.tags ?? []);
    const experiment = await this.#experiments.find(experimentId);
    refuseDeleted(experiment);
    const values = {
      run_id: runId,
      experiment: experiment.id,
      name,
      user_id: userId,
      status: 'RUNNING',
      start_time: startTime,
      end_time: null,
      artifact_uri: appendPath(experiment.artifact_location, `${runId}/artifacts`),
      lifecycle: 'active',
      deleted_at: null,
    } as const;
    const numbers = await this.#names.numbersOf(tags.map(({ key }) => key));
    await this.#tables.write(async (transaction) => {
      const { id } = await transaction.db
        .insertInto('runs')
        .values(values)
        .returning('id')
        .executeTakeFirstOrThrow();
      await upsertTags(transaction, { run: id, tags, numbers });
    });
    return { info: toRunInfo(values), metrics: [], params: [], tags, ...noLinks };
  }

  async get(runId: string): Promise<Run> {
    const row = await this.find(runId);
    const [run] = await readRuns(this.#tables, this.#names, [row]);
    if (run === undefined) throw noRun(runId);
    return run;
  }

  /** What the run is, without what was logged to it. */
  async info(runId: string): Promise<RunInfo> {
    return toRunInfo(await this.find(runId));
  }

  /** The row of a run, deleted or not. */
  async find(runId: string): Promise<RunRow> {
    const row = await this.#tables.db
      .selectFrom('runs')
      .selectAll()
      .where('run_id', '=', runId)
      .executeTakeFirst();
    if (row === undefined) throw noRun(runId);
    return row;
  }

  async update(runId: string, { status, endTime, name }: RunUpdate): Promise<RunInfo> {
    const numbers = await this.#names.numbersOf([runNameTag]);
    return this.#tables.write(async (transaction) => {
      const row = await lockActiveRun(transaction, runId);
      const named = name !== undefined && name !== '';
      const updated = {
        ...row,
        ...(status === undefined ? {} : { status }),
        ...(endTime === undefined ? {} : { end_time: endTime }),
        ...(named ? { name } : {}),
      };
      const { status: newStatus, end_time, name: newName } = updated;
      await transaction.db
        .updateTable('runs')
        .set({ status: newStatus, end_time, name: newName })
        .where('id', '=', row.id)
        .execute();
      if (named)
        await upsertTags(transaction, { run: row.id, tags: [{ key: runNameTag, value: name }], numbers });
      return toRunInfo(updated);
    });
  }

  /** Deletes a run; it can be restored. Deleting twice is no error. */
  async delete(runId: string): Promise<void> {
    await this.#setLifecycle(runId, { lifecycle: 'deleted', deleted_at: Date.now() });
  }

  async restore(runId: string): Promise<void> {
    await this.#setLifecycle(runId, { lifecycle: 'active', deleted_at: null });
  }

  async #setLifecycle(runId: string, change: Pick<RunRow, 'lifecycle' | 'deleted_at'>): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('runs')
        .set(change)
        .where('run_id', '=', runId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw noRun(runId);
    });
  }
}

/** Finds the run that a transaction writes to and keeps it as it is until the transaction ends. */
export type LockRun = (transaction: Transaction<TrackingTables>, runId: string) => Promise<RunRow>;

/** The row of a run, deleted or not, within a transaction; nobody changes it before the transaction ends. */
export async function lockRun({ db, dialect }: Transaction<TrackingTables>, runId: string): Promise<RunRow> {
  const query = db.selectFrom('runs').selectAll().where('run_id', '=', runId);
  const row = await (dialect === 'postgres' ? query.forShare() : query).executeTakeFirst();
  if (row === undefined) throw noRun(runId);
  return row;
}

/** {@link lockRun} of a run that clients may write to. @throws StateError for a deleted run */
export async function lockActiveRun(
  transaction: Transaction<TrackingTables>,
  runId: string,
): Promise<RunRow> {
  const row = await lockRun(transaction, runId);
  if (row.lifecycle !== 'active')
    throw new StateError(
      `The run ${runId} must be in the 'active' state. Current state is ${row.lifecycle}.`,
    );
  return row;
}

function noRun(runId: string): NotFoundError {
  return new NotFoundError(`Run with id=${runId} not found`);
}

function newRunId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The name and the tags of a new run: each says the same of the name. */
function namedTags(
  given: string | undefined,
  tags: readonly Tag[],
): { readonly name: string; readonly tags: readonly Tag[] } {
  const latest = new Map(tags.map((tag) => [tag.key, checkedNewTag(tag)]));
  const tagged = latest.get(runNameTag)?.value;
  if (given && tagged && given !== tagged)
    throw new InputError(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
    );
  const name = given || tagged || randomRunName();
  if (!tagged) latest.set(runNameTag, { key: runNameTag, value: name });
  return { name, tags: [...latest.values()] };
}

/** `uri/path`, before a query if the URI has one. */
export function appendPath(uri: string, path: string): string {
  const [base = '', ...query] = uri.split('?');
  return [`${base.replace(/\/$/, '')}/${path}`, ...query].join('?');
}
