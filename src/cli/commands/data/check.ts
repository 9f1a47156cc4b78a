// `hone data check`: every bad row with its line, the reason and the remedy.
import { type Command, Option } from 'commander';
import type { DataCheck, Purpose } from '../../../app/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { addReadingOptions, type ReadingOptions, readingOptions } from '../../data-options.ts';
import { exitStatus } from '../../exit-status.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';

type CheckOptions = ReadingOptions & {
  readonly model?: string;
  readonly maxLength?: number;
  readonly for?: Purpose;
  readonly maxFaults: number;
  readonly json?: true;
};

export function defineCheck(command: Command, terminal: Terminal): void {
  command
    .description(
      'Reports every bad row with its line, the reason and the remedy; exit status 1 when there is one.',
    )
    .argument('<file...>', 'files, directories or globs')
    .option('--model <dir>', 'also encode every row with its tokenizer, as training does')
    .option(
      '--max-length <tokens>',
      "longest example; the model's context unless given; needs --model",
      positiveInteger,
    )
    .addOption(
      new Option('--for <purpose>', 'what the rows must serve').choices(['sft', 'preference', 'unpaired']),
    )
    .option('--max-faults <count>', 'faults listed; all are counted', positiveInteger, 100)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone data check pairs.jsonl
  hone data check data/*.jsonl --for preference --model my-model`,
    )
    .action((files: readonly string[], options: CheckOptions) => check(files, options, terminal));
  addReadingOptions(command);
}

async function check(files: readonly string[], options: CheckOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { checkData, describeFault, openTokenizer } = await workflows.data();
  const opened = options.model === undefined ? undefined : await openTokenizer(options.model);
  const maxLength = options.maxLength ?? opened?.maxLength;
  const result = await checkData(files, {
    ...readingOptions(options),
    maxFaults: options.maxFaults,
    ...(options.for && { purpose: options.for }),
    ...(opened && { tokenizer: opened.tokenizer, ...(maxLength && { maxLength }) }),
  });
  if (!result.ok) terminal.exitStatus = exitStatus.failed;
  if (options.json) terminal.out.write(`${JSON.stringify(result)}\n`);
  else describe(result, describeFault, terminal);
}

function describe(
  { faults, warnings, format, columns, rows, examples }: DataCheck,
  describeFault: (fault: DataCheck['faults']['listed'][number]) => string,
  { out }: Terminal,
): void {
  const list = (kind: string, colour: 'red' | 'yellow', found: DataCheck['faults']) => {
    for (const fault of found.listed) out.write(`${paint(out, colour, kind)} ${describeFault(fault)}\n`);
    const rest = found.total - found.listed.length;
    if (rest > 0) out.write(`... and ${formatCount(rest)} more (--max-faults)\n`);
  };
  list('fault  ', 'red', faults);
  list('warning', 'yellow', warnings);
  if (faults.total + warnings.total > 0) out.write('\n');
  out.write(`format    ${format === undefined ? 'unknown' : `${format}: ${columns}`}\n`);
  out.write(`rows      ${formatCount(rows)}, which give ${formatCount(examples)} examples\n`);
  const kinds = Object.entries(faults.byKind).map(([kind, count]) => `${count} ${kind}`);
  const detail = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  out.write(`faults    ${formatCount(faults.total)}${detail}\n`);
  out.write(`warnings  ${formatCount(warnings.total)}\n`);
}
