// What is measured, in which unit, and the targets that Hone has set itself.

export type Measure = {
  readonly label: string;
  readonly unit: 's' | 'ms' | 'MB' | '/s' | 'x';
  /** Hone's own: at most for times and memory, at least for rates. */
  readonly target?: number;
};

/** In the order of the table. */
export const measures = {
  coldStart: { label: 'cold start, fresh directory', unit: 's', target: 0.4 },
  restart: { label: 'start on what was logged', unit: 's', target: 0.4 },
  residentStart: { label: 'resident memory after start', unit: 'MB', target: 150 },
  residentLoad: { label: 'resident memory after the load', unit: 'MB', target: 150 },
  proportionalLoad: { label: '  shared pages counted once', unit: 'MB' },
  residentArtifacts: { label: '  after artifacts of 50 MB too', unit: 'MB', target: 150 },
  createP50: { label: 'runs/create p50', unit: 'ms' },
  createP95: { label: 'runs/create p95', unit: 'ms' },
  metricP50: { label: 'log-metric p50', unit: 'ms', target: 0.8 },
  metricP95: { label: 'log-metric p95', unit: 'ms' },
  paramP50: { label: 'log-parameter p50', unit: 'ms' },
  paramP95: { label: 'log-parameter p95', unit: 'ms' },
  batch10P50: { label: 'log-batch(10 metrics) p50', unit: 'ms' },
  batch10P95: { label: 'log-batch(10 metrics) p95', unit: 'ms' },
  batch1000Rows: { label: 'log-batch(1000), all shapes: rows', unit: '/s', target: 80_000 },
  batch1000Series: { label: '  1 key x 1000 steps: rows', unit: '/s' },
  batch1000Mixed: { label: '  10 keys x 100 steps: rows', unit: '/s' },
  batch1000Keys: { label: '  1000 keys x 1 step: rows', unit: '/s' },
  history: { label: 'history of 25,000 points', unit: 'ms', target: 50 },
  historyMb: { label: '  its size', unit: 'MB' },
  populate: { label: 'populate 1,000 runs', unit: 's', target: 1 },
  searchP50: { label: 'filtered, ordered search p50', unit: 'ms' },
  searchP95: { label: 'filtered, ordered search p95', unit: 'ms', target: 12 },
  fullSearch: { label: '1,000 runs in full', unit: 'ms', target: 60 },
  firstPage: { label: 'first page of 100 runs', unit: 'ms' },
  tenthPage: { label: 'tenth page of 100 runs', unit: 'ms' },
  pageCost: { label: 'tenth page / first page', unit: 'x', target: 1.5 },
  clientsRate: { label: 'eight clients log-batch(10): requests', unit: '/s', target: 2500 },
  clientsP95: { label: 'eight clients log-batch(10) p95', unit: 'ms' },
  putArtifact: { label: 'artifact of 50 MB, PUT', unit: 's' },
  getArtifact: { label: 'artifact of 50 MB, GET', unit: 's' },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

/** What one turn of one server gave. */
export type Readings = Readonly<Partial<Record<MeasureName, number>>>;

/** How many times better the first value is than the second. */
export function advantage(measure: Measure, values: readonly [number, number]): number {
  const [ours, theirs] = values;
  return isRate(measure) ? ours / theirs : theirs / ours;
}

export function misses(measure: Measure, value: number): boolean {
  if (measure.target === undefined) return false;
  return isRate(measure) ? value < measure.target : value > measure.target;
}

function isRate({ unit }: Measure): boolean {
  return unit === '/s';
}
