// Opens the place that a command's options name, for the time of the command.
import type { RunSource, workflows } from '../../../app/index.ts';
import { locationsOf, type SourceOptions } from '../../location-options.ts';

/** The workflows over runs. */
export type RunWorkflows = Awaited<ReturnType<(typeof workflows)['runs']>>;

export async function withSource<T>(
  options: SourceOptions,
  work: (runs: RunWorkflows, source: RunSource) => Promise<T>,
): Promise<T> {
  const { workflows } = await import('../../../app/index.ts');
  const runs = await workflows.runs();
  const source = await runs.openRunSource(locationsOf(options));
  try {
    return await work(runs, source);
  } finally {
    await source.close();
  }
}
