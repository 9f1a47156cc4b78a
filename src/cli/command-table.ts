// Every command by name; its file is loaded when it is used.
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** A command's file: gives the command its arguments, options, help and action. Heavy imports belong inside the action. */
export type CommandModule = { readonly define: (command: Command, terminal: Terminal) => void };

export type CommandEntry = {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
};

/** In the order of the help. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'quickstart',
    summary: 'from nothing to a tuned model in about a minute',
    load: () => import('./commands/quickstart.ts'),
  },
  {
    name: 'train',
    summary: 'train a model by SFT or DPO as a YAML file says',
    load: () => import('./commands/train.ts'),
  },
  {
    name: 'eval',
    summary: 'measure a model on held-out data',
    load: () => import('./commands/eval.ts'),
  },
  {
    name: 'generate',
    summary: 'answer one prompt or a file of them',
    load: () => import('./commands/generate.ts'),
  },
  { name: 'chat', summary: 'talk to a model', load: () => import('./commands/chat.ts') },
  {
    name: 'merge',
    summary: 'fold a LoRA adapter into its model',
    load: () => import('./commands/merge.ts'),
  },
  {
    name: 'data',
    summary: 'check, preview and measure data files; make toy data',
    load: () => import('./commands/data.ts'),
  },
  {
    name: 'runs',
    summary: 'list, show, compare, export and delete recorded runs',
    load: () => import('./commands/runs.ts'),
  },
  {
    name: 'models',
    summary: 'list, show, promote, alias and archive registered models',
    load: () => import('./commands/models.ts'),
  },
  {
    name: 'server',
    summary: 'serve tracking and registry to the mlflow client',
    load: () => import('./commands/server.ts'),
  },
  {
    name: 'worker',
    summary: 'carry out the jobs that a server was asked for',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'jobs',
    summary: 'list, show, watch, cancel, pause and resume jobs',
    load: () => import('./commands/jobs.ts'),
  },
  {
    name: 'keys',
    summary: 'create, list and revoke API keys',
    load: () => import('./commands/keys.ts'),
  },
  {
    name: 'webhooks',
    summary: 'add, list and remove endpoints that are told when jobs end',
    load: () => import('./commands/webhooks.ts'),
  },
  {
    name: 'import',
    summary: 'bring the history of an MLflow server or folder over',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'doctor',
    summary: 'look over this machine and say what to do about each fault',
    load: () => import('./commands/doctor.ts'),
  },
];
