// A line chart as inline SVG; colours come from the page's style, so that it follows light and dark.
import { html, type Markup } from './markup.ts';
import { type Axis, axisOf } from './ticks.ts';

/** One line: its points, from left to right. */
export type Series = {
  readonly name: string;
  /** Class of the style sheet: `s1` to `s4`. */
  readonly colour: 's1' | 's2' | 's3' | 's4';
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Shows each point: for few of them. */
  readonly dots?: boolean;
  /** Drawn thin and pale, behind the others. */
  readonly faint?: boolean;
};

export type LineChart = {
  readonly title: string;
  /** One sentence that says what is to be seen; also what screen readers tell. */
  readonly caption: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Values that the vertical axis must hold, beside those of the lines. */
  readonly include?: readonly number[];
};

const width = 480;
const height = 260;
const margin = { left: 46, right: 14, top: 14, bottom: 38 };

type Scale = { readonly x: (value: number) => number; readonly y: (value: number) => number };

export function lineChart(chart: LineChart): Markup {
  const points = chart.series.flatMap((series) => series.points);
  const x = axisOf(points.map(([value]) => value));
  const y = axisOf([...points.map(([, value]) => value), ...(chart.include ?? [])]);
  const scale: Scale = {
    x: (value) => margin.left + ((value - x.from) / (x.to - x.from)) * (width - margin.left - margin.right),
    y: (value) =>
      height - margin.bottom - ((value - y.from) / (y.to - y.from)) * (height - margin.top - margin.bottom),
  };
  // Faint lines first, so that the others lie over them
  const ordered = [...chart.series].sort((a, b) => Number(b.faint ?? false) - Number(a.faint ?? false));
  return html`<figure class="chart">
<figcaption><b>${chart.title}</b><span class="legend">${chart.series.map(legendEntry)}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${chart.title}: ${chart.caption}">
${grid(x, y, scale)}
<text class="label" x="${(margin.left + width - margin.right) / 2}" y="${height - 6}" text-anchor="middle">${chart.xLabel}</text>
${ordered.map((series) => drawSeries(series, scale))}
</svg>
<p class="note">${chart.caption}</p>
</figure>`;
}

function legendEntry({ name, colour, faint }: Series): Markup {
  return html`<span class="key"><i class="${colour}${faint ? ' faint' : ''}"></i>${name}</span>`;
}

function grid(x: Axis, y: Axis, scale: Scale): Markup {
  const bottom = height - margin.bottom;
  const across = y.ticks.map((tick) => {
    const at = round(scale.y(tick));
    return html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/>
<text class="tick" x="${margin.left - 7}" y="${at + 4}" text-anchor="end">${tick}</text>`;
  });
  const along = x.ticks.map(
    (tick) =>
      html`<text class="tick" x="${round(scale.x(tick))}" y="${bottom + 17}" text-anchor="middle">${tick}</text>`,
  );
  return html`${across}${along}`;
}

function drawSeries({ name, colour, points, dots, faint }: Series, scale: Scale): Markup {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  const path = finite.map(([x, y]) => `${round(scale.x(x))},${round(scale.y(y))}`).join(' ');
  const marks = dots
    ? finite.map(
        ([x, y]) =>
          html`<circle class="${colour}" cx="${round(scale.x(x))}" cy="${round(scale.y(y))}" r="3.5"><title>${name}, step ${x}: ${Number(y.toPrecision(4))}</title></circle>`,
      )
    : [];
  return html`<polyline class="curve ${colour}${faint ? ' faint' : ''}" points="${path}"/>${marks}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The running mean of a series, which follows it with a delay of about `span` points. */
export function smoothed(
  points: readonly (readonly [number, number])[],
  span: number,
): (readonly [number, number])[] {
  const keep = 1 - 1 / Math.max(1, span);
  let mean = 0;
  let weight = 0;
  return points.map(([x, y]) => {
    mean = keep * mean + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    return [x, mean / weight];
  });
}
