// Divides what is logged into batches that every MLflow server takes.
import { limits } from '../limits.ts';
import type { Batch } from '../run-log.ts';

/** Batches within the limits on metrics, parameters, tags and their sum. */
export function* splitBatch({ metrics = [], params = [], tags = [] }: Batch): Generator<Batch> {
  for (const part of chunks(params, limits.batchParams)) yield { params: part };
  for (const part of chunks(tags, limits.batchTags)) yield { tags: part };
  for (const part of chunks(metrics, Math.min(limits.batchMetrics, limits.batchEntities)))
    yield { metrics: part };
}

/** Two halves of a batch; undefined for a batch of one thing, or of none. */
export function halves({ metrics = [], params = [], tags = [] }: Batch): readonly [Batch, Batch] | undefined {
  const kinds = [metrics, params, tags].filter(({ length }) => length > 0);
  if (kinds.length > 1)
    return [{ params, tags }, { metrics }].every(isPresent)
      ? [{ params, tags }, { metrics }]
      : [{ params }, { tags }];
  const middle = Math.ceil((kinds[0]?.length ?? 0) / 2);
  if (middle === (kinds[0]?.length ?? 0)) return undefined;
  const cut = (from: number, to?: number): Batch => ({
    metrics: metrics.slice(from, to),
    params: params.slice(from, to),
    tags: tags.slice(from, to),
  });
  return [cut(0, middle), cut(middle)];
}

function isPresent({ metrics = [], params = [], tags = [] }: Batch): boolean {
  return metrics.length + params.length + tags.length > 0;
}

function* chunks<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
