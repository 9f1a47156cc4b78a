// A light kind of job: writes its steps into a file of its own, each with the start that wrote it.
import { join } from 'node:path';
import type { JobKind } from '../../src/app/index.ts';

/** Name of the kind. */
export const appends = 'append';

/** Where a job's file lies, outside of all that belongs to one start. */
export function appendedFile(data: string, id: string): string {
  return join(data, `${id}.txt`);
}

export function appendKind(data: string): JobKind {
  return {
    name: appends,
    program: new URL('./append-program.ts', import.meta.url),
    settings: { data },
    ended: async () => undefined,
  };
}
