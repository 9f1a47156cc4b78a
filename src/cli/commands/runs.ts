// `hone runs`: recorded runs listed, shown, compared, exported, deleted.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineCompare } from './runs/compare.ts';
import { defineDelete, defineRestore } from './runs/delete.ts';
import { defineExport } from './runs/export.ts';
import { defineGc } from './runs/gc.ts';
import { defineLeaderboard } from './runs/leaderboard.ts';
import { defineList } from './runs/ls.ts';
import { defineShow } from './runs/show.ts';
import { defineSync } from './runs/sync.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Lists, shows, compares, ranks, exports and deletes recorded runs, on this machine or on a server.',
    )
    .addHelpText(
      'after',
      `
Runs are those of the data directory (.hone here, HONE_DATA, --data), of a database (--database), or of any MLflow or Hone
server (--uri). A run is named by its id, by six or more of its first digits, or by its name.

Examples:
  hone runs ls --order-by "metrics.loss ASC"
  hone runs show 3f9a01`,
    );
  defineList(command.command('ls').alias('list'), terminal);
  defineShow(command.command('show'), terminal);
  defineCompare(command.command('compare'), terminal);
  defineLeaderboard(command.command('leaderboard'), terminal);
  defineExport(command.command('export'), terminal);
  defineDelete(command.command('delete'), terminal);
  defineRestore(command.command('restore'), terminal);
  defineGc(command.command('gc'), terminal);
  defineSync(command.command('sync'), terminal);
}
