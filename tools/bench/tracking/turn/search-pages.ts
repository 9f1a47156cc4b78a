// Searches whose number of runs is known, and the way to a deep page.
import type { Page, Search, Timed, TrackingClient } from '../tracking-client.ts';

/** Rejects when the answer does not hold `count` runs. */
export async function expectRuns(
  client: TrackingClient,
  search: Search,
  count: number,
): Promise<Timed<Page>> {
  const answer = await client.searchRuns(search);
  if (answer.value.count === count) return answer;
  throw new Error(`Cannot go on: ${answer.value.count} runs, not ${count}, for ${JSON.stringify(search)}`);
}

/** The search of a page, 1 being the first, by the tokens of all pages before it. */
export async function walkPages(
  client: TrackingClient,
  { search, page }: { readonly search: Search; readonly page: number },
): Promise<Search> {
  let here = search;
  for (let passed = 1; passed < page; passed++) {
    const { value } = await expectRuns(client, here, search.max_results);
    if (value.next === undefined) throw new Error(`Cannot go on: no page after page ${passed}`);
    here = { ...search, page_token: value.next };
  }
  return here;
}
