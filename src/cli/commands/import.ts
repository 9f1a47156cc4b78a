// `hone import`: history from other trackers.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineMlflow } from './import/mlflow.ts';

export function define(command: Command, terminal: Terminal): void {
  command.description('Brings the history of other trackers over.').addHelpText(
    'after',
    `
Examples:
  hone import mlflow --from http://127.0.0.1:5000
  hone import mlflow --from mlruns/`,
  );
  defineMlflow(command.command('mlflow'), terminal);
}
