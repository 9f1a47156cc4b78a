// The bench's results as text.
import { median } from '../tracking/statistics.ts';
import { type Class, type Contender, references } from './contenders.ts';
import { type Agreement, compareTexts, middleReading } from './measures.ts';
import type { Turn } from './run-turn.ts';
import type { Workload } from './workload.ts';

export type Results = ReadonlyMap<Contender, readonly Turn[]>;

const head = [
  ...[
    '',
    'tokens/s',
    'x PyTorch',
    'x llama.cpp',
    'first p50',
    'p95',
    'between',
    'CPU/token',
    'peak MB',
    'load s',
  ],
];

/** One block for each case: medians of all turns; ratios are of tokens a second, within 32 bits and within 8. */
export function tableLines(workload: Workload, results: Results): readonly string[] {
  return workload.cases.flatMap(({ clients, newTokens }, index) => [
    `${workload.shape}, ${clients} client${clients === 1 ? '' : 's'}, ${newTokens} new tokens (times in ms)`,
    row(head),
    ...[...results].filter(([, turns]) => turns.length > 0).map((entry) => row(cells(entry, index, results))),
    '',
  ]);
}

/** How far the tokens of each contender are those of PyTorch in float32. */
export function agreementLines(results: Results): readonly string[] {
  const reference = turnsOf(results, references.float.torch)[0];
  if (reference === undefined) return [];
  const lines = [...results].flatMap(([{ label }, [turn]]) => {
    const agreement = turn && compareTexts(turn, reference);
    return agreement === undefined ? [] : [`  ${label.padEnd(30)}${describe(agreement)}`];
  });
  return ["Tokens that are PyTorch fp32's, up to a text's first difference:", ...lines, ''];
}

function describe({ tokens, ofTokens, texts, ofTexts }: Agreement): string {
  return `${tokens} of ${ofTokens}; ${texts} of ${ofTexts} texts throughout`;
}

/** How quiet the machine was. */
export function quietLine(results: Results): string {
  const shares = [...results.values()].flat().map(({ disturbance }) => disturbance);
  return `Other programs took ${percent(median(shares))} of the cores during the median turn, ${percent(Math.max(...shares))} during the worst.`;
}

function cells([contender, turns]: [Contender, readonly Turn[]], index: number, results: Results): string[] {
  const reading = middleReading(turns, index);
  const ratio = (peer: keyof (typeof references)[Class]) => {
    const theirs = turnsOf(results, references[contender.class][peer]);
    if (theirs.length === 0) return '';
    return (reading.tokensPerSecond / middleReading(theirs, index).tokensPerSecond).toFixed(2);
  };
  return [
    contender.label,
    reading.tokensPerSecond.toFixed(1),
    ratio('torch'),
    ratio('llama'),
    reading.firstTokenP50.toFixed(0),
    reading.firstTokenP95.toFixed(0),
    reading.betweenP50.toFixed(1),
    reading.processorMs.toFixed(1),
    median(turns.map(({ peakMb }) => peakMb)).toFixed(0),
    median(turns.map(({ loadSeconds }) => loadSeconds)).toFixed(1),
  ];
}

function turnsOf(results: Results, name: string): readonly Turn[] {
  return [...results].find(([contender]) => contender.name === name)?.[1] ?? [];
}

function row([label = '', ...rest]: readonly string[]): string {
  return (label.padEnd(30) + rest.map((cell) => cell.padStart(12)).join('')).trimEnd();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
