// From the accounts of contenders to what the table tells.
import { median, percentile } from '../tracking/statistics.ts';
import type { Turn } from './run-turn.ts';
import type { CaseAccount } from './workload.ts';

/** One case of one contender; times in milliseconds. */
export type Reading = {
  /** Of all clients together, from the first request to the last token. */
  readonly tokensPerSecond: number;
  readonly firstTokenP50: number;
  readonly firstTokenP95: number;
  /** Between one token of a text and the next. */
  readonly betweenP50: number;
  /** Processor time of all threads for each token, the prompts' share included. */
  readonly processorMs: number;
};

export function readCase({ texts, processorSeconds }: CaseAccount): Reading {
  const firsts = texts.map(({ times }) => times[0] ?? Number.NaN);
  const gaps = texts.flatMap(({ times }) => times.slice(1).map((time, i) => time - (times[i] as number)));
  const tokens = texts.reduce((sum, { times }) => sum + times.length, 0);
  const end = Math.max(...texts.map(({ times }) => times.at(-1) ?? Number.NaN));
  return {
    tokensPerSecond: (1000 * tokens) / end,
    firstTokenP50: median(firsts),
    firstTokenP95: percentile(firsts, 0.95),
    betweenP50: median(gaps),
    processorMs: (1000 * processorSeconds) / tokens,
  };
}

/** The median of each measure over some turns. */
export function middleReading(turns: readonly Turn[], index: number): Reading {
  const readings = turns.map(({ cases }) => readCase(cases[index] as CaseAccount));
  const middle = (name: keyof Reading) => median(readings.map((reading) => reading[name]));
  return {
    tokensPerSecond: middle('tokensPerSecond'),
    firstTokenP50: middle('firstTokenP50'),
    firstTokenP95: middle('firstTokenP95'),
    betweenP50: middle('betweenP50'),
    processorMs: middle('processorMs'),
  };
}

/** How far texts agree: tokens before the first difference, and whole texts. Undefined where token ids are not known. */
export type Agreement = {
  readonly tokens: number;
  readonly ofTokens: number;
  readonly texts: number;
  readonly ofTexts: number;
};

export function compareTexts(turn: Turn, reference: Turn): Agreement | undefined {
  const pairs = turn.cases.flatMap(({ texts }, c) =>
    texts.map(({ tokens }, t) => [tokens, reference.cases[c]?.texts[t]?.tokens] as const),
  );
  const known = pairs.flatMap(([ours, theirs]) => (ours && theirs ? [[ours, theirs] as const] : []));
  if (known.length === 0) return undefined;
  const equal = known.map(([ours, theirs]) => equalTokens(ours, theirs));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    tokens: sum(equal),
    ofTokens: sum(known.map(([, theirs]) => theirs.length)),
    texts: equal.filter((count, i) => count === known[i]?.[1].length).length,
    ofTexts: known.length,
  };
}

function equalTokens(a: readonly number[], b: readonly number[]): number {
  const first = a.findIndex((token, i) => token !== b[i]);
  return first < 0 ? a.length : first;
}
