// `hone data`: data files looked over before training, and toy data.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { defineCheck } from './data/check.ts';
import { definePreview } from './data/preview.ts';
import { defineStats } from './data/stats.ts';
import { defineToy } from './data/toy.ts';

export function define(command: Command, terminal: Terminal): void {
  command.description('Checks, previews and measures data files; makes toy data.').addHelpText(
    'after',
    `
JSONL, JSON, CSV and Parquet, each also gzipped. Prompt and completion, messages, preference pairs, HH transcripts, ShareGPT,
Alpaca, OpenAI lines: the format is told from the rows.

Examples:
  hone data toy --output runs/toy-data
  hone data check pairs.jsonl`,
  );
  defineCheck(command.command('check'), terminal);
  definePreview(command.command('preview'), terminal);
  defineStats(command.command('stats'), terminal);
  defineToy(command.command('toy'), terminal);
}
