// Finds the experiments and runs that a user names: by name, by id, by the beginning of an id.
import { didYouMean, InputError, NotFoundError } from '../../../core/index.ts';
import type { Experiment, Run, RunQuery, View } from '../../../tracking/index.ts';
import { pagesOf } from './pages.ts';
import type { RunSource } from './run-source.ts';

/** So many digits of an id are enough to name a run. */
export const shortestPrefix = 6;
/** Runs that an ambiguous beginning lists. */
const listed = 10;
const pageSize = 1000;

/**
 * Experiments by name or id; all active ones where none is named.
 * @throws NotFoundError for a name that none has, with the nearest one that there is
 */
export async function findExperiments(
  source: RunSource,
  names: readonly string[] = [],
): Promise<readonly Experiment[]> {
  const all = await source.experiments();
  if (names.length === 0) return all.filter(({ lifecycle }) => lifecycle === 'active');
  return names.map((name) => {
    const found = all.find((one) => one.name === name) ?? all.find(({ id }) => id === name);
    if (found !== undefined) return found;
    const known = didYouMean(
      name,
      all.filter(({ lifecycle }) => lifecycle === 'active').map((one) => one.name),
    );
    throw new NotFoundError(`Cannot find the experiment '${name}' in ${source.description}. ${known}`);
  });
}

/**
 * The run of an id, of the beginning of one, or of a name.
 * @throws NotFoundError where there is none; InputError where there are several, listing them
 */
export async function findRun(
  source: RunSource,
  text: string,
  options: { readonly view?: View } = {},
): Promise<Run> {
  if (/^[0-9a-f]{32}$/.test(text)) return source.get(text);
  const experimentIds = (await source.experiments()).map(({ id }) => id);
  const search = async (filter: string) =>
    (await source.search({ experimentIds, filter, view: options.view ?? 'all', maxResults: listed + 1 }))
      .items;
  const byId = isPrefix(text) ? await search(`attributes.run_id LIKE '${text}%'`) : [];
  const isName = byId.length === 0 && !text.includes("'");
  const found = isName ? await search(`attributes.run_name = '${text}'`) : byId;
  const [only, ...others] = found;
  if (only === undefined)
    throw new NotFoundError(
      `Cannot find the run '${text}' in ${source.description}: give its id, ${shortestPrefix} or more of its first digits, or its name; hone runs ls lists them`,
    );
  if (others.length > 0)
    throw new InputError(
      [
        `Cannot tell which run '${text}' is; give more of its id:`,
        ...found.slice(0, listed).map(({ info }) => `  ${info.runId}  ${info.name}`),
        ...(found.length > listed ? ['  ... and more'] : []),
      ].join('\n'),
    );
  return only;
}

function isPrefix(text: string): boolean {
  return text.length >= shortestPrefix && /^[0-9a-f]+$/.test(text);
}

/** The pages of a search, one after the other, up to `limit` runs in all. */
export async function* searchPages(
  source: RunSource,
  {
    limit = Number.POSITIVE_INFINITY,
    ...query
  }: Omit<RunQuery, 'maxResults' | 'pageToken'> & { readonly limit?: number },
): AsyncGenerator<readonly Run[]> {
  if (query.experimentIds.length === 0 || limit <= 0) return;
  let left = limit;
  const read = (pageToken: string | undefined) =>
    source.search({ ...query, maxResults: Math.min(left, pageSize), ...(pageToken && { pageToken }) });
  for await (const runs of pagesOf(read)) {
    yield runs;
    left -= runs.length;
    if (left <= 0) return;
  }
}
