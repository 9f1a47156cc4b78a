// What every writer of traces needs: the experiment they belong to, and their tags and metadata.
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { Transaction } from '../../store/index.ts';
import { type ExperimentRow, parseExperimentId } from '../experiments.ts';
import type { TextMap } from './entities.ts';
import type { TraceTables } from './tables.ts';

const longestKey = 250;
const longestValue = 8000;

/** The experiment, deleted or not. @throws NotFoundError where there is none */
export async function experimentOf(db: Kysely<TraceTables>, experimentId: string): Promise<ExperimentRow> {
  const id = parseExperimentId(experimentId);
  const row = await db.selectFrom('experiments').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NotFoundError(`No Experiment with id=${experimentId} exists`);
  return row;
}

/** Where the artifacts of a trace lie. */
export function locationOfTrace(experimentLocation: string, traceId: string): string {
  return `${experimentLocation.replace(/\/+$/, '')}/traces/${traceId}/artifacts`;
}

export type TextsOfTrace = {
  readonly trace: number;
  readonly texts: TextMap;
  /** Whether what is there already stays as it is. */
  readonly keep?: boolean;
};

/** Sets tags or metadata of a trace. Values are cut to 8,000 characters, as MLflow's server does. */
export async function writeTexts(
  { insertMany }: Transaction<TraceTables>,
  table: 'trace_tags' | 'trace_metadata',
  { trace, texts, keep = false }: TextsOfTrace,
): Promise<void> {
  const rows = Object.entries(texts).map(([key, value]) => [trace, checkedKey(key), cut(value)]);
  const columns = { trace: 'bigint', key: 'text', value: 'text' } as const;
  const onConflict = `on conflict (trace, key) do ${keep ? 'nothing' : 'update set value = excluded.value'}`;
  await insertMany({ into: table, columns, onConflict }, rows);
}

function checkedKey(key: string): string {
  if (key.length > longestKey)
    throw new InputError(`'key' exceeds the maximum length of ${longestKey} characters`);
  return key;
}

function cut(value: string): string {
  return value.length <= longestValue ? value : Array.from(value).slice(0, longestValue).join('');
}
