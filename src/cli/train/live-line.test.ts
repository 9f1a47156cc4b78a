// The progress line, numbers as people read them.
import { expect, test } from 'vitest';
import { capturedTerminal } from '../../testing/captured-terminal.ts';
import { formatCount, formatDuration, formatMetric, formatSize } from './format.ts';
import { LiveLine } from './live-line.ts';

test('LiveLine draws over itself, cut to the width, and leaves out what comes too fast', () => {
  const { terminal, written } = capturedTerminal({ isTTY: true });
  const line = new LiveLine(terminal.err);
  line.draw('a'.repeat(200));
  line.draw('too soon');
  line.draw('the last', true);
  line.clear();
  line.clear();
  expect(written.err).toBe(`\r\x1b[K${'a'.repeat(96)}...\r\x1b[Kthe last\r\x1b[K`);
});

test('LiveLine.print() puts a line above', () => {
  const { terminal, written } = capturedTerminal({ isTTY: true });
  const line = new LiveLine(terminal.err);
  line.draw('step 1');
  line.print('a warning');
  expect(written.err).toBe('\r\x1b[Kstep 1\r\x1b[Ka warning\n');
});

test('numbers are short and keep what matters', () => {
  expect([formatCount(1234567), formatSize(22_400), formatSize(134_515_008)]).toEqual([
    '1,234,567',
    '22 k',
    '135 M',
  ]);
  expect([0.6, 75, 3725].map(formatDuration)).toEqual(['1 s', '1 min 15 s', '1 h 2 min']);
  expect([0.123456, 12.5, 1e-5, Number.NaN].map(formatMetric)).toEqual(['0.1235', '12.5', '1.000e-5', 'NaN']);
});
