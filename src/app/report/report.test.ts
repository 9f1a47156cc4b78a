// Templates escape, axes are round, charts draw what they are given.
import { expect, test } from 'vitest';
import { dataSample, html, lineChart, reportPage, smoothed } from './index.ts';
import { axisOf } from './ticks.ts';

test('html escapes values, and takes HTML and lists of it as they are', () => {
  const item = (text: string) => html`<li title="${text}">${text}</li>`;
  expect(html`<ul>${['a<b', `"'&`].map(item)}${undefined}${3}</ul>`.text).toBe(
    '<ul><li title="a&lt;b">a&lt;b</li><li title="&quot;&#39;&amp;">&quot;&#39;&amp;</li>3</ul>',
  );
});

test.each([
  [
    [0, 3.2],
    [0, 1, 2, 3, 4],
  ],
  [
    [-0.03, 0.11],
    [-0.05, 0, 0.05, 0.1, 0.15],
  ],
  [
    [7, 7],
    [6, 8],
  ],
  [
    [1, 125],
    [0, 50, 100, 150],
  ],
  [
    [Number.NaN, 2, 4],
    [2, 2.5, 3, 3.5, 4],
  ],
  [[], [0, 1]],
] as const)('axisOf(%j) holds the values between round labels', (values, ticks) => {
  const axis = axisOf(values);
  expect(axis.ticks).toEqual(ticks);
  expect([axis.from, axis.to]).toEqual([ticks[0], ticks.at(-1)]);
});

test('lineChart draws higher values higher, leaves out what is no number and names each point', () => {
  const { text } = lineChart({
    title: 'Loss',
    caption: 'It falls.',
    xLabel: 'step',
    series: [
      {
        name: 'held out',
        colour: 's2',
        dots: true,
        points: [
          [0, 4],
          [5, Number.NaN],
          [10, 2],
        ],
      },
    ],
  });
  const [, points = ''] = /<polyline[^>]*points="([^"]+)"/.exec(text) ?? [];
  const [[x1, y1], [x2, y2]] = points.split(' ').map((point) => point.split(',').map(Number)) as [
    [number, number],
    [number, number],
  ];
  expect(x2).toBeGreaterThan(x1);
  expect(y2).toBeGreaterThan(y1);
  expect(text).toContain('<title>held out, step 10: 2</title>');
  expect(text).not.toContain('NaN');
});

test('smoothed begins at the first value and stays at a constant', () => {
  expect(
    smoothed(
      [
        [1, 5],
        [2, 5],
        [3, 5],
      ],
      4,
    ).map(([, y]) => Number(y.toFixed(9))),
  ).toEqual([5, 5, 5]);
  expect(
    smoothed(
      [
        [1, 8],
        [2, 0],
      ],
      2,
    ),
  ).toEqual([
    [1, 8],
    [2, 8 / 3],
  ]);
});

test('dataSample marks the trained tokens', () => {
  const segments = [
    { text: '<|user|>Hi', trained: false },
    { text: 'Hello', trained: true },
  ];
  const { text } = dataSample([{ name: 'chosen', segments, tokens: 5, trainedTokens: 2 }]);
  expect(text).toContain('chosen: 2 of 5 tokens trained');
  expect(text).toContain('&lt;|user|&gt;Hi<mark>Hello</mark>');
});

test('reportPage puts the title and the content into one page', () => {
  const page = reportPage('A & B', html`<p>text</p>`);
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain('<title>A &amp; B</title>');
  expect(page).toContain('<main>\n<p>text</p>\n</main>');
});
