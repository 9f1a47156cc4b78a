// Parts what was logged elsewhere into what can be kept here and what cannot.
import { InputError } from '../../core/index.ts';
import type { Metric, Param, Tag } from '../entities.ts';
import { checkedParam, checkedTag, checkMetric } from '../limits.ts';
import type { Batch } from '../run-log.ts';

/** What cannot be kept as it is. */
export type Misfit = {
  readonly kind: 'metric' | 'param' | 'tag';
  readonly key: string;
  readonly reason: string;
};

/** The entries that can be kept, long values cut as tracking does, and what is told of the others. */
export function partBatch({ metrics = [], params = [], tags = [] }: Batch): {
  readonly fitting: Required<Batch>;
  readonly misfits: readonly Misfit[];
} {
  const misfits: Misfit[] = [];
  const part = <T extends { readonly key: string }>(
    kind: Misfit['kind'],
    entries: readonly T[],
    reasonAgainst: (entry: T) => string | undefined,
  ) =>
    entries.filter((entry) => {
      const reason = reasonAgainst(entry);
      if (reason !== undefined) misfits.push({ kind, key: entry.key, reason });
      return reason === undefined;
    });
  const fitting = {
    metrics: part('metric', metrics, faultOfMetric),
    params: part('param', params, (param) => faultOfText(param, checkedParam)),
    tags: part('tag', tags, (tag) => faultOfText(tag, checkedTag)),
  };
  for (const [kind, entries, check] of [
    ['param', fitting.params, checkedParam],
    ['tag', fitting.tags, checkedTag],
  ] as const)
    for (const entry of entries) {
      const kept = check(entry).value;
      if (kept !== entry.value)
        misfits.push({
          kind,
          key: entry.key,
          reason: `its value has ${entry.value.length} characters and was cut to ${kept.length}`,
        });
    }
  return { fitting, misfits };
}

function faultOfMetric(metric: Metric): string | undefined {
  for (const [name, value] of Object.entries({ step: metric.step, timestamp: metric.timestamp }))
    if (!Number.isSafeInteger(value)) return `its ${name} ${value} is no whole number below 2^53`;
  return faultOf(() => checkMetric(metric));
}

function faultOfText<T extends Param | Tag>(entry: T, check: (entry: T) => T): string | undefined {
  if (entry.value.includes('\0')) return 'its value has a NUL character';
  if (!entry.value.isWellFormed()) return 'its value is not well-formed Unicode';
  return faultOf(() => check(entry));
}

function faultOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
