// What permanent deletion finds to delete: runs, logged models and experiments in state deleted, page by page.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Tables } from '../../store/index.ts';
import type { PurgeTables } from './tables.ts';

/** What was deleted before a time (milliseconds since 1970); all that was deleted where none is given. */
export type PurgeScope = { readonly deletedBefore?: number | undefined };

export type DoomedRun = {
  readonly runId: string;
  readonly name: string;
  readonly experimentId: string;
  readonly artifactUri: string;
};

export type DoomedModel = {
  readonly modelId: string;
  readonly name: string;
  readonly experimentId: string;
  readonly artifactUri: string;
};

export type DoomedExperiment = {
  readonly id: string;
  readonly name: string;
  readonly artifactLocation: string;
};

const pageSize = 500;

/** Deleted runs, oldest first. What is purged or restored meanwhile is left out. */
export async function* doomedRuns(tables: Tables<PurgeTables>, scope: PurgeScope): AsyncGenerator<DoomedRun> {
  const query = tables.db
    .selectFrom('runs')
    .select(['id', 'run_id', 'name', 'experiment', 'artifact_uri'])
    .where((eb) => isDoomedRun(eb, scope))
    .orderBy('id')
    .limit(pageSize);
  for await (const row of inPages((last) => query.where('id', '>', last).execute()))
    yield { ...toDoomed(row), runId: row.run_id };
}

/** Deleted logged models, and all of those in deleted experiments. */
export async function* doomedModels(
  tables: Tables<PurgeTables>,
  scope: PurgeScope,
): AsyncGenerator<DoomedModel> {
  const query = tables.db
    .selectFrom('logged_models')
    .select(['id', 'model_id', 'name', 'experiment', 'artifact_uri'])
    .where((eb) => isDoomedModel(eb, scope))
    .orderBy('id')
    .limit(pageSize);
  for await (const row of inPages((last) => query.where('id', '>', last).execute()))
    yield { ...toDoomed(row), modelId: row.model_id };
}

/** The rows of all pages; `read` gives the page behind a row number. */
async function* inPages<Row extends { readonly id: number }>(
  read: (last: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  for (let last = 0; ; ) {
    const rows = await read(last);
    yield* rows;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < pageSize) return;
  }
}

function toDoomed(row: {
  readonly name: string;
  readonly experiment: number;
  readonly artifact_uri: string;
}) {
  return { name: row.name, experimentId: String(row.experiment), artifactUri: row.artifact_uri };
}

/** Deleted experiments. */
export async function doomedExperiments(
  tables: Tables<PurgeTables>,
  { deletedBefore = Number.MAX_SAFE_INTEGER }: PurgeScope,
): Promise<readonly DoomedExperiment[]> {
  const rows = await tables.db
    .selectFrom('experiments')
    .select(['id', 'name', 'artifact_location'])
    .where('lifecycle', '=', 'deleted')
    .where('updated_at', '<', deletedBefore)
    .orderBy('id')
    .execute();
  return rows.map(({ id, name, artifact_location }) => ({
    id: String(id),
    name,
    artifactLocation: artifact_location,
  }));
}

/** True of runs that are deleted, long enough ago. */
export function isDoomedRun(
  eb: ExpressionBuilder<PurgeTables, 'runs'>,
  { deletedBefore }: PurgeScope,
): Expression<SqlBool> {
  const isDeleted = eb('runs.lifecycle', '=', 'deleted');
  if (deletedBefore === undefined) return isDeleted;
  // A run that came deleted from elsewhere has no time.
  const isOld = eb.or([eb('runs.deleted_at', '<', deletedBefore), eb('runs.deleted_at', 'is', null)]);
  return eb.and([isDeleted, isOld]);
}

/** True of logged models that are deleted, or whose experiment is, long enough ago. */
export function isDoomedModel(
  eb: ExpressionBuilder<PurgeTables, 'logged_models'>,
  { deletedBefore = Number.MAX_SAFE_INTEGER }: PurgeScope,
): Expression<SqlBool> {
  const experiments = eb
    .selectFrom('experiments')
    .select('experiments.id')
    .where('experiments.lifecycle', '=', 'deleted')
    .where('experiments.updated_at', '<', deletedBefore);
  return eb.or([
    eb.and([
      eb('logged_models.lifecycle', '=', 'deleted'),
      eb('logged_models.updated_at', '<', deletedBefore),
    ]),
    eb('logged_models.experiment', 'in', experiments),
  ]);
}
