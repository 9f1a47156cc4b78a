// The kind of the jobs that tests of the worker run.
import type { JobKind } from '../../app/index.ts';
import type { Job, JsonValue } from '../../jobs/index.ts';

/** `ended` hears of the jobs that have ended. */
export function testKind(settings: JsonValue, ended: (job: Job) => void = () => undefined): JobKind {
  return {
    name: 'test',
    program: new URL('./program.ts', import.meta.url),
    settings,
    ended: async (job) => ended(job),
  };
}
