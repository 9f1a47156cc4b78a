// Reports as self-contained HTML: templates, charts, samples, the page.
export { type LineChart, lineChart, type Series, smoothed } from './line-chart.ts';
export { html, Markup, type MarkupValue } from './markup.ts';
export { reportPage } from './page.ts';
export { dataSample } from './sample.ts';
