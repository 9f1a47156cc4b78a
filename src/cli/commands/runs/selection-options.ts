// Options of every command that chooses among runs.
import { type Command, Option } from 'commander';
import type { RunSelection } from '../../../app/index.ts';
import { addSourceOptions, type SourceOptions } from '../../location-options.ts';

/** As commander hands them over. */
export type SelectionOptions = SourceOptions & {
  readonly experiment?: readonly string[];
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly view?: 'active' | 'deleted' | 'all';
};

/** Adds `--experiment`, `--filter`, `--order-by`, `--view` and those of the place. */
export function addSelectionOptions(command: Command): Command {
  command
    .option('-e, --experiment <name...>', 'names or ids of experiments; all unless given')
    .option('--filter <text>', 'which runs: "metrics.loss < 1 and params.model = \'small\'"')
    .option('--order-by <key...>', '"metrics.loss ASC" and the like; the newest first unless given')
    .addOption(
      new Option('--view <which>', 'active, deleted or all runs')
        .choices(['active', 'deleted', 'all'])
        .default('active'),
    );
  return addSourceOptions(command);
}

/** As the workflows take them. */
export function selectionOf({ experiment, filter, orderBy, view }: SelectionOptions): RunSelection {
  return {
    ...(experiment && { experiments: experiment }),
    ...(filter !== undefined && { filter }),
    ...(orderBy && { orderBy }),
    ...(view && { view }),
  };
}
