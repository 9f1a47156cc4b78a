// Which values of a metric are the better ones.

/** `min`: the lowest is best. */
export type MetricOrder = 'min' | 'max';

const lowerIsBetter =
  /(^|[^a-z])(loss|error|err|perplexity|ppl|nll|mse|rmse|mae|mape|wer|cer|latency|time|duration|seconds|bytes|memory)([^a-z]|$)/;

/** What the name of a metric says: of losses, errors, times and sizes the lowest is best, of all else the highest. */
export function usualOrder(metric: string): MetricOrder {
  const words = metric.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return lowerIsBetter.test(words) ? 'min' : 'max';
}

/** The better of two values comes first; NaN comes last. */
export function compareBy(order: MetricOrder): (a: number, b: number) => number {
  return (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return order === 'min' ? a - b : b - a;
  };
}

/** Ranks of values that stand in order: equal ones share theirs, and the next one counts them all (1, 2, 2, 4). */
export function ranksOf(values: readonly number[]): readonly number[] {
  const ranks: number[] = [];
  for (const [index, value] of values.entries())
    ranks.push(index > 0 && value === values[index - 1] ? (ranks[index - 1] ?? 1) : index + 1);
  return ranks;
}
