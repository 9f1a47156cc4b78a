// Numbers as people read them: counts, durations, metrics.

/** `4,096`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1.4 M`, `850 k`, `120`: parameters. */
export function formatSize(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)} B`;
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)} M`;
  return count >= 1e4 ? `${Math.round(count / 1e3)} k` : formatCount(count);
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Four digits that matter. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : String(+value.toPrecision(4));
}

/** `0.87`. */
export function formatShare(value: number): string {
  return value.toFixed(2);
}
