// Lists fine-tuning jobs by their metadata.
import { fineTuneKind } from '../../../app/index.ts';
import type { Job, JobPage, JobQuery, Jobs } from '../../../jobs/index.ts';
import type { Query } from '../../http/call.ts';
import { ParameterError } from '../../http/parse.ts';
import { metadataLabels, metadataOf } from './labels.ts';

type Page = Pick<JobQuery, 'owner' | 'after'> & { readonly limit: number };

/** @throws ParameterError for an `after` that is no job, and for metadata that cannot be asked for */
export async function listJobs(jobs: Jobs, query: Query, page: Page): Promise<JobPage> {
  if (page.after !== undefined) await checkCursor(jobs, page.after, page.owner);
  const labels = metadataLabels(metadataQuery(query));
  if (query.metadata !== 'null') return jobs.list({ ...page, kinds: [fineTuneKind], labels });
  const found: Job[] = [];
  for await (const job of all(jobs, page)) {
    if (metadataOf(job) === null) found.push(job);
    if (found.length > page.limit) break;
  }
  return { jobs: found.slice(0, page.limit), hasMore: found.length > page.limit };
}

async function* all(jobs: Jobs, { owner, after }: Page): AsyncGenerator<Job, void, undefined> {
  let last = after;
  for (;;) {
    const page = await jobs.list({ owner, after: last, kinds: [fineTuneKind], limit: 100 });
    yield* page.jobs;
    last = page.jobs.at(-1)?.id;
    if (!page.hasMore || last === undefined) return;
  }
}

async function checkCursor(jobs: Jobs, after: string, owner: string | undefined): Promise<void> {
  await jobs.get(after, { owner }).catch(() => {
    throw new ParameterError('after', `Invalid value for 'after': there is no job '${after}'`);
  });
}

/** Of `metadata[key]=value`. */
function metadataQuery(query: Query): Readonly<Record<string, string>> {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/s.exec(name)?.[1];
    if (key === undefined) return [];
    if (typeof value === 'string') return [[key, value] as const];
    throw new ParameterError(name, `Invalid value for '${name}': it is given several times; give it once`);
  });
  return Object.fromEntries(pairs);
}
