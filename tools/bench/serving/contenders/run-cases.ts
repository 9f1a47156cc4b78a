// Runs the cases of a workload one after the other, each after its warming up, with the processor time that it takes.
import type { Case, CaseAccount, Workload, WrittenText } from '../workload.ts';

/** Writes one text; times count from `start`. */
export type WriteText = (prompt: readonly number[], newTokens: number, start: number) => Promise<WrittenText>;

type RunOptions = {
  /** Those who write one after the other do so here. */
  readonly writeAll?: (prompts: Case['prompts'], newTokens: number) => Promise<readonly WrittenText[]>;
  /** Processor seconds up to now; by default those of this process. */
  readonly processorSeconds?: () => number;
};

/** By default every text of a case is asked for at once. */
export async function runCases(
  { cases, warmUpTokens }: Workload,
  write: WriteText,
  options: RunOptions = {},
): Promise<readonly CaseAccount[]> {
  const { writeAll = atOnce(write), processorSeconds = ownSeconds } = options;
  const accounts: CaseAccount[] = [];
  for (const { prompts, warmUp, newTokens } of cases) {
    await writeAll(warmUp, warmUpTokens);
    const before = processorSeconds();
    const texts = await writeAll(prompts, newTokens);
    accounts.push({ texts, processorSeconds: processorSeconds() - before });
  }
  return accounts;
}

function atOnce(write: WriteText): NonNullable<RunOptions['writeAll']> {
  return (prompts, newTokens) => {
    const start = performance.now();
    return Promise.all(prompts.map((prompt) => write(prompt, newTokens, start)));
  };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
