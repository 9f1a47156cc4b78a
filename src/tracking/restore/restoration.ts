// Writes history from elsewhere as it was: ids, times, deleted runs. Each write may be repeated and comes to the same.
import type { Kysely } from 'kysely';
import { InputError } from '../../core/index.ts';
import type { Database, Tables, Transaction } from '../../store/index.ts';
import type { Lifecycle, Metric, Param, RunInfo, Tag } from '../entities.ts';
import { parseExperimentId } from '../experiments.ts';
import { Inputs, type ModelOutput, type NewInputs } from '../inputs/index.ts';
import { checkLength, limits } from '../limits.ts';
import type { LoggedModel, LoggedModelMetric } from '../logged-models/entities.ts';
import { namesOfDatasets, writeModelMetrics } from '../logged-models/model-metrics.ts';
import { addModelParams, checkKeys, setModelTags } from '../logged-models/model-texts.ts';
import { Names } from '../names.ts';
import { type Batch, RunLog } from '../run-log.ts';
import { lockRun } from '../runs.ts';
import type { TrackingTables } from '../tables.ts';

/** An experiment as it was elsewhere; its id is given anew. Times are milliseconds since 1970. */
export type RestoredExperiment = {
  readonly name: string;
  readonly lifecycle: Lifecycle;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Its artifact location, by the id that it gets. */
  readonly artifactLocationOf: (id: string) => string;
};

/** A run as it was elsewhere, in an experiment of this database. */
export type RestoredRun = RunInfo & {
  /** When it was deleted, if it was and somebody knows. */
  readonly deletedAt?: number | undefined;
};

/** A logged model as it was elsewhere, in an experiment of this database; metrics are added apart. */
export type RestoredLoggedModel = Omit<LoggedModel, 'metrics'> & { readonly lifecycle: Lifecycle };

/** The restoration of a database to which tracking's migrations were applied. */
export function openRestoration(database: Database): Restoration {
  return new Restoration(database.tables<TrackingTables>());
}

/** Writes what was recorded elsewhere. Errors: InputError for what cannot be kept, NotFoundError for a run or model that is not there. */
export class Restoration {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;
  readonly #log: RunLog;
  readonly #inputs: Inputs;

  constructor(tables: Tables<TrackingTables>) {
    this.#tables = tables;
    this.#names = new Names(tables);
    this.#log = new RunLog(tables, this.#names, lockRun);
    this.#inputs = new Inputs(tables, this.#names, lockRun);
  }

  /** The id of the experiment of that name, which is made, deleted where it was, unless it is there. */
  async experiment(experiment: RestoredExperiment): Promise<string> {
    const { name, lifecycle, createdAt, updatedAt, artifactLocationOf } = experiment;
    if (name === '') throw new InputError('Cannot keep an experiment without a name');
    checkLength('name', name, limits.experimentName);
    const times = { created_at: createdAt, updated_at: updatedAt };
    return await this.#tables.write(async ({ db }) => {
      // A row that is refused would use up a number.
      const present = await idOfExperiment(db, name);
      if (present !== undefined) return String(present);
      const row = await db
        .insertInto('experiments')
        .values({ name, artifact_location: '', lifecycle, ...times })
        .returning('id')
        .executeTakeFirstOrThrow();
      const artifact_location = artifactLocationOf(String(row.id));
      await db.updateTable('experiments').set({ artifact_location }).where('id', '=', row.id).execute();
      return String(row.id);
    });
  }

  /** Says whether an experiment is deleted; its runs stay as they are. */
  async experimentLifecycle(id: string, lifecycle: Lifecycle): Promise<void> {
    await this.#tables.write(({ db }) =>
      db.updateTable('experiments').set({ lifecycle }).where('id', '=', parseExperimentId(id)).execute(),
    );
  }

  /** Sets tags of an experiment, deleted or not. */
  async experimentTags(id: string, tags: readonly Tag[]): Promise<void> {
    const experiment = parseExperimentId(id);
    const latest = new Map(tags.map(({ key, value }) => [key, value]));
    await this.#tables.write(({ insertMany }) =>
      insertMany(
        {
          into: 'experiment_tags',
          columns: { experiment: 'bigint', key: 'text', value: 'text' },
          onConflict: 'on conflict (experiment, key) do update set value = excluded.value',
        },
        [...latest].map(([key, value]) => [experiment, key, value]),
      ),
    );
  }

  /** Writes what a run is; a run of that id becomes as told. */
  async run(run: RestoredRun): Promise<void> {
    const { runId, lifecycle } = run;
    if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw new InputError(`Invalid run ID: '${runId}'`);
    const values = {
      experiment: parseExperimentId(run.experimentId),
      name: run.name,
      user_id: run.userId,
      status: run.status,
      start_time: run.startTime,
      end_time: run.endTime ?? null,
      artifact_uri: run.artifactUri,
      lifecycle,
      deleted_at: lifecycle === 'deleted' ? (run.deletedAt ?? Date.now()) : null,
    };
    await this.#tables.write(({ db }) =>
      db
        .insertInto('runs')
        .values({ run_id: runId, ...values })
        .onConflict((conflict) => conflict.column('run_id').doUpdateSet(values))
        .execute(),
    );
  }

  /** Logs to a run, deleted or not, as `RunLog.batch` does. */
  async log(runId: string, batch: Batch): Promise<void> {
    await this.#log.batch(runId, batch);
  }

  /** Logs what a run, deleted or not, read. */
  async inputs(runId: string, inputs: NewInputs): Promise<void> {
    await this.#inputs.log(runId, inputs);
  }

  /** Logs what a run, deleted or not, made. */
  async outputs(runId: string, outputs: readonly ModelOutput[]): Promise<void> {
    await this.#inputs.logOutputs(runId, outputs);
  }

  /** Writes a logged model with its parameters and tags; a model of that id becomes as told. */
  async loggedModel(model: RestoredLoggedModel): Promise<void> {
    const { modelId, params, tags } = model;
    if (!/^m-[\w-]{1,253}$/.test(modelId)) throw new InputError(`Invalid model ID: '${modelId}'`);
    checkKeys([...params, ...tags]);
    checkLength('name', model.name, 500);
    const values = {
      experiment: parseExperimentId(model.experimentId),
      name: model.name,
      artifact_uri: model.artifactUri,
      created_at: model.createdAt,
      updated_at: model.updatedAt,
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      lifecycle: model.lifecycle,
    };
    const numbers = await this.#names.numbersOf([...params, ...tags].map(({ key }) => key));
    await this.#tables.write(async (transaction) => {
      const { id } = await transaction.db
        .insertInto('logged_models')
        .values({ model_id: modelId, ...values })
        .onConflict((conflict) => conflict.column('model_id').doUpdateSet(values))
        .returning('id')
        .executeTakeFirstOrThrow();
      await addModelParams(transaction, { model: id, entries: distinct(params), numbers });
      await setModelTags(transaction, { model: id, entries: tags, numbers });
    });
  }

  /** Adds values that one run measured of a logged model to the model's metrics. @throws NotFoundError for the run or the model */
  async modelMetrics(runId: string, metrics: readonly LoggedModelMetric[]): Promise<void> {
    const numbers = await this.#names.numbersOf([
      ...metrics.map(({ key }) => key),
      ...namesOfDatasets(metrics),
    ]);
    await this.#tables.write(async (transaction: Transaction<TrackingTables>) => {
      const { id: run } = await lockRun(transaction, runId);
      await writeModelMetrics({ transaction, run, numbers }, metrics satisfies readonly Metric[]);
    });
  }
}

/** Of several parameters of one key the first counts: a parameter never changes. */
function distinct(params: readonly Param[]): readonly Param[] {
  const first = new Map<string, Param>();
  for (const param of params) if (!first.has(param.key)) first.set(param.key, param);
  return [...first.values()];
}

async function idOfExperiment(db: Kysely<TrackingTables>, name: string): Promise<number | undefined> {
  const query = db.selectFrom('experiments').select('id').where('name', '=', name);
  return (await query.executeTakeFirst())?.id;
}
