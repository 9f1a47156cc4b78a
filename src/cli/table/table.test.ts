// Tables: widths, alignment, what is cut and left out on a narrow terminal.
import { expect, test } from 'vitest';
import { formatBytes } from './sizes.ts';
import { sparkline } from './sparkline.ts';
import { formatTable } from './table.ts';
import { cut, shown, textWidth } from './text-width.ts';
import { formatAge, formatSpan } from './times.ts';

const output = (columns: number, isTTY = true) => ({
  write: () => undefined,
  isTTY,
  hasColours: false,
  columns,
});

test('formatTable() aligns numbers by their point and texts to the left', () => {
  const { text } = formatTable(
    output(80),
    [{ title: 'name' }, { title: 'loss', align: 'number' }],
    [
      ['a', '1.25'],
      ['bc', '10'],
      ['d', 'NaN'],
      ['e', ''],
    ],
  );
  expect(text).toBe('name   loss\na      1.25\nbc    10\nd       NaN\ne\n');
});

test('formatTable() cuts what is flexible, then leaves out what is optional, on a terminal only', () => {
  const columns = [
    { title: 'id' },
    { title: 'name', isFlexible: true },
    { title: 'x', isOptional: true },
    { title: 'y', isOptional: true },
  ];
  const rows = [['1', 'n'.repeat(30), 'xxxxxxxxxx', 'yyyyyyyyyy']];
  const narrow = formatTable(output(32), columns, rows);
  expect(narrow.omitted).toEqual(['y']);
  expect(narrow.text).toBe(`id  name${' '.repeat(12)}  x\n1   ${'n'.repeat(15)}…  xxxxxxxxxx\n`);
  const piped = formatTable(output(32, false), columns, rows);
  expect(piped.omitted).toEqual([]);
  expect(piped.text).toContain('n'.repeat(30));
});

test('texts are measured as a terminal shows them, and cannot command it', () => {
  expect(textWidth('日本')).toBe(4);
  expect(cut('日本語', 5)).toBe('日本…');
  expect(shown('a\u001b[31m\nb')).toBe('a?[31m b');
});

test('formatAge() and formatSpan() go from units to days', () => {
  const now = Date.UTC(2026, 5, 30);
  const ages = [0, 61_000, 7_200_000, 86_400_000, 5 * 86_400_000, 40 * 86_400_000, -5];
  expect(ages.map((age) => formatAge(now - age, now))).toEqual([
    'just now',
    '1 min ago',
    '2 h ago',
    'yesterday',
    '5 days ago',
    '2026-05-21',
    '2026-06-30',
  ]);
  expect([850, 45_000, 200_000, 7_500_000, 273_600_000].map(formatSpan)).toEqual([
    '850 ms',
    '45 s',
    '3 min 20 s',
    '2 h 5 min',
    '3 d 4 h',
  ]);
});

test('sparkline() spans the values, leaves a gap for NaN, and is level where all are equal', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([1, Number.NaN, 1], 8)).toBe('▅ ▅');
  expect(sparkline([-Number.MAX_VALUE, Number.MAX_VALUE], 8)).toBe('▁█');
  expect(
    sparkline(
      Array.from({ length: 1000 }, (_, i) => i),
      4,
    ),
  ).toBe('▁▃▆█');
  expect(sparkline([], 4)).toBe('');
});

test('formatBytes() keeps two digits that matter', () => {
  expect([999, 1500, 12_345, 999_600, 3e15].map(formatBytes)).toEqual([
    '999 B',
    '1.5 kB',
    '12 kB',
    '1.0 MB',
    '3000 TB',
  ]);
});
