// Adds checks and tests up to the closing line of `npm test`.

/** What ran. `vitest` is its JSON report, undefined when it wrote none. */
export type TestOutcome = {
  readonly checks: readonly boolean[];
  readonly testsPassed: boolean;
  readonly vitest: unknown;
};

export type TestSummary = { readonly passed: number; readonly failed: number; readonly line: string };

/** Counts checks and tests; whatever failed without being counted (a file that does not load, a crash) counts as one. */
export function summarize({ checks, testsPassed, vitest }: TestOutcome): TestSummary {
  const passed = checks.filter((ok) => ok).length + count(vitest, 'numPassedTests');
  const failedTests = Math.max(count(vitest, 'numFailedTests') + failedLoads(vitest), testsPassed ? 0 : 1);
  const failed = checks.filter((ok) => !ok).length + failedTests;
  return { passed, failed, line: `${passed} passed, ${failed} failed` };
}

/** Test files that failed without any failed test: they did not load. */
function failedLoads(report: unknown): number {
  const files = member(report, 'testResults');
  if (!Array.isArray(files)) return 0;
  return files.filter((file: unknown) => {
    const tests = member(file, 'assertionResults');
    const anyFailed =
      Array.isArray(tests) && tests.some((test: unknown) => member(test, 'status') === 'failed');
    return member(file, 'status') === 'failed' && !anyFailed;
  }).length;
}

function count(report: unknown, key: string): number {
  const value = member(report, key);
  return typeof value === 'number' ? value : 0;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
