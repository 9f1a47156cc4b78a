// Jobs listed page by page, and counted by state.
import { sql } from 'kysely';
import { after, applyOrder, type SortKey } from '../store/index.ts';
import { findRow, type JobsContext } from './context.ts';
import { type Job, type JobState, jobStates } from './job.ts';
import { oneMore } from './limit.ts';
import { jobOf } from './rows.ts';

/** Which jobs to list. */
export type JobQuery = {
  readonly owner?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly states?: readonly JobState[] | undefined;
  /** Jobs that have all of these. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Newest first (`desc`, the default) or oldest first, by the time of submission. */
  readonly order?: 'asc' | 'desc';
  /** The id of the last job of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
};

/** A page of jobs. */
export type JobPage = { readonly jobs: readonly Job[]; readonly hasMore: boolean };

/** @throws NotFoundError where `after` is no job, or another owner's */
export async function list({ tables }: JobsContext, query: JobQuery = {}): Promise<JobPage> {
  const { owner, kinds, states, labels = {}, order = 'desc', limit = 100 } = query;
  if (kinds?.length === 0 || states?.length === 0) return { jobs: [], hasMore: false };
  let select = tables.db.selectFrom('jobs').selectAll();
  if (owner !== undefined) select = select.where('owner', '=', owner);
  if (kinds !== undefined) select = select.where('kind', 'in', kinds);
  if (states !== undefined) select = select.where('state', 'in', states);
  for (const [key, value] of Object.entries(labels)) {
    const labelled = tables.db.selectFrom('job_labels').select('job').where('key', '=', key);
    const withValue = labelled
      .where(sql<string>`substr(value, 1, 200)`, '=', value.slice(0, 200))
      .where('value', '=', value);
    select = select.where('number', 'in', withValue);
  }
  const keys = (['created_at', 'number'] as const).map(
    (name): SortKey => ({ expression: sql.ref(name), holds: 'number', descending: order === 'desc' }),
  );
  if (query.after !== undefined) {
    const last = await findRow(tables, { id: query.after, owner });
    select = select.where(after(keys, [last.created_at, last.number]));
  }
  const rows = await applyOrder(select, keys).limit(oneMore(limit)).execute();
  return { jobs: rows.slice(0, limit).map(jobOf), hasMore: rows.length > limit };
}

/** Which jobs to count. */
export type CountQuery = {
  readonly owner?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
};

export async function counts(
  { tables }: JobsContext,
  { owner, kinds }: CountQuery = {},
): Promise<Readonly<Record<JobState, number>>> {
  const found = new Map<JobState, number>();
  if (kinds?.length !== 0) {
    let select = tables.db
      .selectFrom('jobs')
      .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
      .groupBy('state');
    if (owner !== undefined) select = select.where('owner', '=', owner);
    if (kinds !== undefined) select = select.where('kind', 'in', kinds);
    for (const { state, count } of await select.execute()) found.set(state, count);
  }
  const [queued, running, paused, succeeded, failed, cancelled] = jobStates.map(
    (state) => found.get(state) ?? 0,
  );
  return {
    queued: queued ?? 0,
    running: running ?? 0,
    paused: paused ?? 0,
    succeeded: succeeded ?? 0,
    failed: failed ?? 0,
    cancelled: cancelled ?? 0,
  };
}
