// Reads what was logged to many runs at once: one query per kind, whatever the number of runs.
import type { Tables } from '../store/index.ts';
import { isAmong } from './among.ts';
import type { Metric, Param, Run } from './entities.ts';
import { noLinks, readInputs } from './inputs/read-inputs.ts';
import { toValue } from './metric-value.ts';
import type { Names } from './names.ts';
import { type RunRow, toRunInfo } from './run-row.ts';
import type { TrackingTables } from './tables.ts';

/** Runs asked for in one query. */
const partSize = 1000;

/** The runs of the rows, in their order, each with its latest metrics, parameters and tags, inputs and outputs. */
export async function readRuns(
  tables: Tables<TrackingTables>,
  names: Names,
  rows: readonly RunRow[],
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let start = 0; start < rows.length; start += partSize)
    runs.push(...(await readPart(tables, names, rows.slice(start, start + partSize))));
  return runs;
}

async function readPart(
  tables: Tables<TrackingTables>,
  names: Names,
  rows: readonly RunRow[],
): Promise<readonly Run[]> {
  const { db, dialect } = tables;
  const ids = rows.map(({ id }) => id);
  const ofRuns = isAmong('run', ids, dialect);
  const metrics = await db.selectFrom('latest_metrics').selectAll().where(ofRuns).execute();
  const params = await db.selectFrom('params').select(['run', 'name', 'value']).where(ofRuns).execute();
  const tags = await db.selectFrom('run_tags').select(['run', 'name', 'value']).where(ofRuns).execute();
  const links = await readInputs(tables, ids);
  const known = await names.namesOf(namesIn(metrics, params, tags));
  const metricsOf = grouped(
    metrics,
    (row): Metric => ({
      key: known.get(row.name) ?? '',
      value: toValue(row),
      timestamp: row.timestamp,
      step: row.step,
    }),
  );
  const textOf = (row: { readonly name: number; readonly value: string }): Param => ({
    key: known.get(row.name) ?? '',
    value: row.value,
  });
  const paramsOf = grouped(params, textOf);
  const tagsOf = grouped(tags, textOf);
  return rows.map((row) => ({
    info: toRunInfo(row),
    metrics: metricsOf.get(row.id) ?? [],
    params: paramsOf.get(row.id) ?? [],
    tags: tagsOf.get(row.id) ?? [],
    ...(links.get(row.id) ?? noLinks),
  }));
}

function* namesIn(...tables: readonly (readonly { readonly name: number }[])[]): Iterable<number> {
  for (const rows of tables) for (const { name } of rows) yield name;
}

function grouped<Row extends { readonly run: number }, T>(
  rows: readonly Row[],
  convert: (row: Row) => T,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.run);
    if (group === undefined) groups.set(row.run, [convert(row)]);
    else group.push(convert(row));
  }
  return groups;
}
