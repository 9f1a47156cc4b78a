// What a trace used of tokens and money: the sum over its spans, unless the client that made it says so itself.
import type { Transaction } from '../../../store/index.ts';
import type { Span } from '../entities.ts';
import { NumberText, pythonFloat, pythonJson } from '../json-text.ts';
import { costKeys, spanAttributes, tokenKeys, traceMetadata } from '../keys.ts';
import type { TraceTables } from '../tables.ts';
import { writeTexts } from '../trace-writing.ts';
import { numbersOf } from './translate-span.ts';

type Totals = Readonly<Record<string, number>>;

/** Adds what these spans used to the trace's metadata and metrics. */
export async function addTotals(
  transaction: Transaction<TraceTables>,
  trace: number,
  spans: readonly Span[],
): Promise<void> {
  const tokens = total(
    spans.map(({ attributes }) => numbersOf(attributes[spanAttributes.tokenUsage], tokenKeys)),
  );
  const cost = total(spans.map(({ attributes }) => numbersOf(attributes[spanAttributes.cost], costKeys)));
  if (tokens === undefined && cost === undefined) return;
  const wanted = [traceMetadata.tokenUsage, traceMetadata.cost, traceMetadata.schemaVersion];
  const rows = await transaction.db
    .selectFrom('trace_metadata')
    .select(['key', 'value'])
    .where('trace', '=', trace)
    .where('key', 'in', wanted)
    .execute();
  const present = new Map(rows.map(({ key, value }) => [key, value]));
  const isTold = (key: string) => present.has(traceMetadata.schemaVersion) && present.has(key);
  if (tokens !== undefined && !isTold(traceMetadata.tokenUsage)) {
    const sum = total([numbersOf(present.get(traceMetadata.tokenUsage), tokenKeys), tokens]) ?? {};
    const texts = { [traceMetadata.tokenUsage]: pythonJson(sum) };
    await writeTexts(transaction, 'trace_metadata', { trace, texts });
    await writeTokenMetrics(transaction, trace, sum);
  }
  if (cost !== undefined && !isTold(traceMetadata.cost)) {
    const sum = total([numbersOf(present.get(traceMetadata.cost), costKeys), cost]) ?? {};
    const dollars = Object.entries(sum).map(
      ([key, value]) => [key, new NumberText(pythonFloat(value))] as const,
    );
    const texts = { [traceMetadata.cost]: pythonJson(Object.fromEntries(dollars)) };
    await writeTexts(transaction, 'trace_metadata', { trace, texts });
  }
}

/** The metrics by which the tokens of traces are added up. */
export async function writeTokenMetrics(
  { insertMany }: Transaction<TraceTables>,
  trace: number,
  tokens: Totals,
): Promise<void> {
  await insertMany(
    {
      into: 'trace_metrics',
      columns: { trace: 'bigint', key: 'text', value: 'double precision' },
      onConflict: 'on conflict (trace, key) do update set value = excluded.value',
    },
    Object.entries(tokens).map(([key, value]) => [trace, key, value]),
  );
}

/** The sum by key; undefined where there is nothing to add. */
function total(parts: readonly Totals[]): Totals | undefined {
  const sum: Record<string, number> = {};
  for (const [key, value] of parts.flatMap((part) => Object.entries(part)))
    sum[key] = (sum[key] ?? 0) + value;
  return Object.keys(sum).length === 0 ? undefined : sum;
}
