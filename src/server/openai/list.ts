// Lists as OpenAI's clients page through them: they go on behind the last id while there is more.
import { z } from 'zod';

/** One page. */
export function listPage<T extends { readonly id: string }>(data: readonly T[], hasMore: boolean) {
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

/** The query of a page. */
export function pageQuery({ limit, most }: { readonly limit: number; readonly most: number }) {
  return z.object({
    after: z.string().min(1).optional(),
    limit: z.coerce.number().int().min(1).max(most).default(limit),
  });
}
