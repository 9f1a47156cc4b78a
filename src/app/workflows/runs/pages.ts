// Lists that come page by page, read to their end.
import type { Page } from '../../../tracking/index.ts';

/** The pages of a list, one after the other. */
export async function* pagesOf<T>(
  read: (pageToken: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  for (
    let pageToken: string | undefined, isFirst = true;
    isFirst || pageToken !== undefined;
    isFirst = false
  ) {
    const page: Page<T> = await read(pageToken);
    yield page.items;
    pageToken = page.nextPageToken;
  }
}

/** All that a list holds. */
export async function allOf<T>(
  read: (pageToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const items of pagesOf(read)) found.push(...items);
  return found;
}
