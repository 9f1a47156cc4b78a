// Deletes for good what was deleted: rows first, in one transaction each, with a note of the files that are left to be removed.
import type { Kysely } from 'kysely';
import { NotFoundError, StateError } from '../../core/index.ts';
import type { Tables, Transaction } from '../../store/index.ts';
import { parseExperimentId } from '../experiments.ts';
import type { Traces } from '../traces/index.ts';
import { countRows, type PurgeCounts } from './count-rows.ts';
import {
  type DoomedExperiment,
  type DoomedModel,
  type DoomedRun,
  doomedExperiments,
  doomedModels,
  doomedRuns,
  type PurgeScope,
} from './doomed.ts';
import type { PurgeTables } from './tables.ts';

/** Files that nothing in the database refers to any longer. */
export type PurgedArtifacts = {
  readonly id: number;
  /** The run or the logged model that they were of. */
  readonly owner: string;
  readonly uri: string;
};

/** Traces in one transaction: other writers wait for it. */
const tracesAtOnce = 500;
const longAfter = Number.MAX_SAFE_INTEGER;

/**
 * Permanent deletion. Only what is in state deleted is taken (StateError otherwise, NotFoundError for what is not there). The caller
 * removes the files that {@link Purge.pendingArtifacts} names, then says so: what is interrupted in between can be gone on with.
 */
export class Purge {
  readonly #tables: Tables<PurgeTables>;
  readonly #traces: Traces;

  constructor(tables: Tables<PurgeTables>, traces: Traces) {
    this.#tables = tables;
    this.#traces = traces;
  }

  /** The rows that a scope holds. */
  count(scope: PurgeScope = {}): Promise<PurgeCounts> {
    return countRows(this.#tables, scope);
  }

  runs(scope: PurgeScope = {}): AsyncGenerator<DoomedRun> {
    return doomedRuns(this.#tables, scope);
  }

  /** Those of deleted experiments among them, whatever their own state. */
  loggedModels(scope: PurgeScope = {}): AsyncGenerator<DoomedModel> {
    return doomedModels(this.#tables, scope);
  }

  experiments(scope: PurgeScope = {}): Promise<readonly DoomedExperiment[]> {
    return doomedExperiments(this.#tables, scope);
  }

  /** Deletes a run with all that was logged to it. */
  async run(runId: string): Promise<void> {
    await this.#tables.write(async (transaction) => {
      const { db, dialect } = transaction;
      const query = db.selectFrom('runs').selectAll().where('run_id', '=', runId);
      const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
      if (row === undefined) throw new NotFoundError(`Run with id=${runId} not found`);
      if (row.lifecycle !== 'deleted')
        throw new StateError(
          `Cannot delete the run ${runId} for good: it is ${row.lifecycle}; delete it first`,
        );
      await noteArtifacts(transaction, { owner: runId, uri: row.artifact_uri });
      await removeRun(db, { id: row.id, runId });
    });
  }

  /** Deletes a logged model with all that was logged to it. */
  async loggedModel(modelId: string): Promise<void> {
    await this.#tables.write(async (transaction) => {
      const { db, dialect } = transaction;
      const query = db
        .selectFrom('logged_models')
        .innerJoin('experiments', 'experiments.id', 'logged_models.experiment')
        .select(['logged_models.id', 'logged_models.lifecycle', 'logged_models.artifact_uri'])
        .select('experiments.lifecycle as experiment_lifecycle')
        .where('model_id', '=', modelId);
      const row = await (dialect === 'postgres'
        ? query.forUpdate('logged_models')
        : query
      ).executeTakeFirst();
      if (row === undefined) throw new NotFoundError(`Logged model with ID '${modelId}' not found.`);
      if (row.lifecycle !== 'deleted' && row.experiment_lifecycle !== 'deleted')
        throw new StateError(
          `Cannot delete the logged model ${modelId} for good: it is ${row.lifecycle}; delete it first`,
        );
      await noteArtifacts(transaction, { owner: modelId, uri: row.artifact_uri });
      for (const table of ['logged_model_params', 'logged_model_tags', 'logged_model_metrics'] as const)
        await db.deleteFrom(table).where('model', '=', row.id).execute();
      await db.deleteFrom('logged_models').where('id', '=', row.id).execute();
    });
  }

  /**
   * Deletes an experiment with its traces; its name is free again.
   * @throws StateError while it has runs or logged models
   */
  async experiment(experimentId: string): Promise<void> {
    const id = parseExperimentId(experimentId);
    await this.#tables.write((transaction) => refuseUnlessEmpty(transaction, id));
    const batch = { maxTimestamp: longAfter, maxTraces: tracesAtOnce };
    while ((await this.#traces.delete(experimentId, batch)) === tracesAtOnce);
    await this.#tables.write(async (transaction) => {
      const { db } = transaction;
      await refuseUnlessEmpty(transaction, id);
      await db.deleteFrom('datasets').where('experiment', '=', id).execute();
      await db.deleteFrom('experiment_tags').where('experiment', '=', id).execute();
      await db.deleteFrom('evaluation_dataset_experiments').where('experiment', '=', String(id)).execute();
      await db.deleteFrom('experiments').where('id', '=', id).execute();
    });
  }

  /** Files that are still to be removed, oldest first; at most 500. */
  pendingArtifacts({ after = 0 }: { readonly after?: number } = {}): Promise<readonly PurgedArtifacts[]> {
    const query = this.#tables.db.selectFrom('purged_artifacts').selectAll().where('id', '>', after);
    return query.orderBy('id').limit(500).execute();
  }

  /** Forgets files, by their numbers, that have been removed. */
  async artifactsRemoved(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#tables.write(({ db }) => db.deleteFrom('purged_artifacts').where('id', 'in', ids).execute());
  }
}

async function noteArtifacts(
  { db }: Transaction<PurgeTables>,
  artifacts: { readonly owner: string; readonly uri: string },
): Promise<void> {
  await db.insertInto('purged_artifacts').values(artifacts).execute();
}

const ofRun = [
  'metric_points',
  'latest_metrics',
  'logged_model_metrics',
  'params',
  'run_tags',
  'dataset_inputs',
  'model_inputs',
  'model_outputs',
] as const;

async function removeRun(
  db: Kysely<PurgeTables>,
  { id, runId }: { readonly id: number; readonly runId: string },
): Promise<void> {
  const inputs = db.selectFrom('dataset_inputs').select('id').where('run', '=', id);
  await db.deleteFrom('dataset_input_tags').where('input', 'in', inputs).execute();
  for (const table of ofRun) await db.deleteFrom(table).where('run', '=', id).execute();
  await db.deleteFrom('trace_links').where('kind', '=', 'run').where('target', '=', runId).execute();
  await db.deleteFrom('runs').where('id', '=', id).execute();
}

async function refuseUnlessEmpty({ db, dialect }: Transaction<PurgeTables>, id: number): Promise<void> {
  const query = db.selectFrom('experiments').select('lifecycle').where('id', '=', id);
  const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) throw new NotFoundError(`No Experiment with id=${id} exists`);
  const refuse = (why: string) => new StateError(`Cannot delete the experiment ${id} for good: ${why}`);
  if (row.lifecycle !== 'deleted') throw refuse(`it is ${row.lifecycle}; delete it first`);
  for (const [table, what] of [
    ['runs', 'runs'],
    ['logged_models', 'logged models'],
  ] as const) {
    const left = await db.selectFrom(table).select('id').where('experiment', '=', id).executeTakeFirst();
    if (left !== undefined) throw refuse(`it still has ${what}; delete those for good first`);
  }
}
