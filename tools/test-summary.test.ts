// The closing line of `npm test` never says that nothing failed when something did.
import { expect, test } from 'vitest';
import { summarize } from './test-summary.ts';

test('summarize() adds checks and tests', () => {
  const outcome = {
    checks: [true, true],
    testsPassed: true,
    vitest: { numPassedTests: 5, numFailedTests: 0 },
  };
  expect(summarize(outcome)).toEqual({ passed: 7, failed: 0, line: '7 passed, 0 failed' });
});

test('summarize() counts a failed check', () => {
  const outcome = {
    checks: [true, false],
    testsPassed: true,
    vitest: { numPassedTests: 5, numFailedTests: 0 },
  };
  expect(summarize(outcome).line).toBe('6 passed, 1 failed');
});

test('summarize() counts failed tests once', () => {
  const vitest = {
    numPassedTests: 1,
    numFailedTests: 2,
    testResults: [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'failed' }] }],
  };
  expect(summarize({ checks: [], testsPassed: false, vitest }).line).toBe('1 passed, 2 failed');
});

test('summarize() counts a test file that did not load', () => {
  const vitest = {
    numPassedTests: 1,
    numFailedTests: 0,
    testResults: [{ status: 'failed', assertionResults: [] }],
  };
  expect(summarize({ checks: [], testsPassed: false, vitest }).line).toBe('1 passed, 1 failed');
});

test('summarize() counts a runner that crashed without a report', () => {
  expect(summarize({ checks: [true], testsPassed: false, vitest: undefined }).line).toBe(
    '1 passed, 1 failed',
  );
});
