// Takes from a spool what can be sent in one go.
import type { Metric, Param, Tag } from '../entities.ts';
import { limits } from '../limits.ts';
import type { Batch } from '../run-log.ts';
import type { SpoolEntry } from './spool-entries.ts';
import { readEntries } from './spool-reader.ts';

type Single = Exclude<SpoolEntry, { readonly type: 'metrics' | 'params' | 'tags' | 'run' }>;

/** A batch of neighbouring entries, or one entry of another kind; `end`: where the next begins, in bytes. */
export type Work =
  | { readonly batch: Batch; readonly end: number }
  | { readonly entry: Single; readonly end: number };

/** What comes next in a spool; undefined when all has been taken. */
export function nextWork(file: string, offset: number): Work | undefined {
  const metrics: Metric[] = [];
  const params = new Map<string, Param>();
  const tags = new Map<string, Tag>();
  const count = () => metrics.length + params.size + tags.size;
  let end = offset;
  for (const { entry, end: entryEnd } of readEntries(file, offset)) {
    if (entry.type === 'metrics') {
      const { step, timestamp } = entry;
      for (const [key, value] of Object.entries(entry.values)) metrics.push({ key, value, timestamp, step });
    } else if (entry.type === 'params') for (const param of entry.params) params.set(param.key, param);
    else if (entry.type === 'tags') for (const tag of entry.tags) tags.set(tag.key, tag);
    else if (entry.type !== 'run') {
      if (count() > 0) break;
      return { entry, end: entryEnd };
    }
    end = entryEnd;
    if (count() >= limits.batchEntities) break;
  }
  if (count() > 0) return { batch: { metrics, params: [...params.values()], tags: [...tags.values()] }, end };
  return end > offset ? { batch: {}, end } : undefined;
}
