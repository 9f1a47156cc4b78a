// Opens the registry of the stores that a command's options name, for the time of the command.
import type { Command } from 'commander';
import type { Stores, workflows } from '../../../app/index.ts';
import { type LocationOptions, locationsOf } from '../../location-options.ts';

/** The workflows over models. */
export type ModelWorkflows = Awaited<ReturnType<(typeof workflows)['models']>>;

export async function withRegistry<T>(
  options: LocationOptions,
  work: (models: ModelWorkflows, registry: Stores['registry']) => Promise<T>,
): Promise<T> {
  const { workflows } = await import('../../../app/index.ts');
  const [models, { openExistingStores }] = await Promise.all([workflows.models(), workflows.runs()]);
  const stores = await openExistingStores(locationsOf(options));
  try {
    return await work(models, stores.registry);
  } finally {
    await stores.close();
  }
}

/** As commander hands them over. */
export type ChangeOptions = LocationOptions & { readonly by?: string; readonly reason?: string };

/** Adds `--by` and `--reason`, which the audit keeps. */
export function addChangeOptions(command: Command): Command {
  return command
    .option('--by <name>', 'who does it, for the audit; you unless given')
    .option('--reason <text>', 'why, for the audit');
}

/** As the workflows take them. */
export function changeOf({ by, reason }: ChangeOptions) {
  return { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
}
