// Runs the cases of a workload one after the other: its texts at once, each by a client of its own.
import type { Workload, WrittenText } from '../workload.ts';

/** Writes one text; times count from `start`. */
export type WriteText = (prompt: readonly number[], newTokens: number, start: number) => Promise<WrittenText>;

export async function runCases(
  { cases, warmUpTokens }: Workload,
  write: WriteText,
): Promise<readonly (readonly WrittenText[])[]> {
  const accounts: (readonly WrittenText[])[] = [];
  for (const { prompts, warmUp, newTokens } of cases) {
    await Promise.all(warmUp.map((prompt) => write(prompt, warmUpTokens, performance.now())));
    const start = performance.now();
    accounts.push(await Promise.all(prompts.map((prompt) => write(prompt, newTokens, start))));
  }
  return accounts;
}
