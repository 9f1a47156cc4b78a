// `hone data stats`: how many rows of what kind, and how long.
import type { Command } from 'commander';
import type { DataStats, Summary } from '../../../app/index.ts';
import { addReadingOptions, type ReadingOptions, readingOptions } from '../../data-options.ts';
import type { Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';

type StatsOptions = ReadingOptions & { readonly model?: string; readonly json?: true };

export function defineStats(command: Command, terminal: Terminal): void {
  command
    .description('Tells the format, the number of rows and their lengths.')
    .argument('<file...>', 'files, directories or globs')
    .option('--model <dir>', 'directory whose tokenizer counts tokens')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone data stats pairs.jsonl
  hone data stats pairs.jsonl --model my-model --json`,
    )
    .action((files: readonly string[], options: StatsOptions) => stats(files, options, terminal));
  addReadingOptions(command);
}

async function stats(files: readonly string[], options: StatsOptions, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { dataStats, openTokenizer } = await workflows.data();
  const opened = options.model === undefined ? undefined : await openTokenizer(options.model);
  const result = await dataStats(files, {
    ...readingOptions(options),
    ...(opened && { tokenizer: opened.tokenizer }),
  });
  out.write(options.json ? `${JSON.stringify(result)}\n` : describe(result));
}

const columns = ['mean', 'min', 'p50', 'p90', 'p99', 'max'] as const;

function describe(result: DataStats): string {
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .map(([name, count]) => `${formatCount(count)} ${name}`)
      .join(', ');
  const lines = [
    `format    ${result.format === undefined ? 'unknown' : `${result.format}: ${result.columns}`}`,
    `rows      ${formatCount(result.rows)}`,
    `examples  ${formatCount(result.examples)}${result.examples === 0 ? '' : ` (${counts(result.kinds)})`}`,
    `faults    ${formatCount(result.faults)}${result.faults === 0 ? '' : ': hone data check lists them'}`,
  ];
  if (Object.keys(result.roles).length > 0) lines.push(`messages  ${counts(result.roles)}`);
  if (result.liked !== undefined) lines.push(`liked     ${(100 * result.liked).toFixed(1)} %`);
  lines.push('', ...table('characters', result.characters));
  if (result.turns.count > 0) lines.push('', ...table('messages', { conversation: result.turns }));
  if (result.tokens !== undefined) lines.push('', ...table('tokens', result.tokens));
  if (result.trainedTokens !== undefined)
    lines.push('', `trained tokens in one pass: ${formatCount(result.trainedTokens)}`);
  return `${lines.join('\n')}\n`;
}

function table(title: string, rows: Readonly<Record<string, Summary>>): string[] {
  const width = Math.max(20, ...Object.keys(rows).map((name) => name.length + 2));
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  return [
    line(title, columns),
    ...Object.entries(rows).map(([name, summary]) =>
      line(
        `  ${name}`,
        columns.map((column) => formatCount(summary[column])),
      ),
    ),
  ];
}
