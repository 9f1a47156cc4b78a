// Finds the jobs that a user names: by id or by the beginning of one.
import { InputError, NotFoundError } from '../../../core/index.ts';
import type { Job, Jobs } from '../../../jobs/index.ts';

/** So many characters of an id are enough to name a job. */
const shortestPrefix = 6;
/** Jobs among which the beginning of an id is looked for, the newest. */
const searched = 1_000;
/** Jobs that an ambiguous beginning lists. */
const listed = 10;

/**
 * The job of an id, or of the beginning of one.
 * @throws NotFoundError where there is none; InputError where there are several, listing them
 */
export async function findJob(jobs: Jobs, text: string): Promise<Job> {
  const exact = await jobs.get(text).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  if (exact !== undefined) return exact;
  const page = text.length < shortestPrefix ? [] : (await jobs.list({ limit: searched })).jobs;
  const found = page.filter(({ id }) => id.startsWith(text));
  const [only, ...others] = found;
  if (only === undefined)
    throw new NotFoundError(
      `Cannot find the job '${text}': give its id, or ${shortestPrefix} or more of its first characters; hone jobs ls lists them`,
    );
  if (others.length > 0)
    throw new InputError(
      [
        `Cannot tell which job '${text}' is; give more of its id:`,
        ...found.slice(0, listed).map(({ id, kind, state }) => `  ${id}  ${kind}  ${state}`),
        ...(found.length > listed ? ['  ... and more'] : []),
      ].join('\n'),
    );
  return only;
}
