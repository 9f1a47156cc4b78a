// Options of every command that reads data files.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ColumnMapping, FormatName } from '../app/index.ts';

/** As commander hands them over. */
export type ReadingOptions = { readonly format?: FormatName; readonly column?: ColumnMapping };

/** Adds `--format` and `--column`. */
export function addReadingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <name>', 'format of the rows; told from the first rows unless given').choices(
        formats,
      ),
    )
    .option(
      '--column <ours=yours>',
      'which column is which, e.g. --column prompt=question; repeatable',
      column,
    );
}

/** As the workflows take them. */
export function readingOptions({ format, column: columns }: ReadingOptions): {
  readonly format?: FormatName;
  readonly columns?: ColumnMapping;
} {
  return { ...(format && { format }), ...(columns && { columns }) };
}

/** Kept equal to the data layer's list by a test: loading that here would slow every `--help`. */
export const formats: readonly FormatName[] = [
  'text',
  'prompt-completion',
  'messages',
  'preference',
  'implicit-preference',
  'hh',
  'sharegpt',
  'sharegpt-preference',
  'alpaca',
  'openai-preference',
  'dpo-service',
  'unpaired',
];

function column(text: string, earlier: ColumnMapping = {}): ColumnMapping {
  const [, ours, yours] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (ours === undefined || yours === undefined)
    throw new InvalidArgumentError('Give NAME=COLUMN, e.g. prompt=question.');
  return { ...earlier, [ours]: yours };
}
