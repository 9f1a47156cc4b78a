// A chart as high as one line of text.

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One character for each of at most `width` values, evenly chosen; a space where a value is no finite number. */
export function sparkline(values: readonly number[], width: number): string {
  const count = Math.min(width, values.length);
  const chosen = Array.from({ length: count }, (_, index) =>
    values.at(count === 1 ? -1 : Math.round((index * (values.length - 1)) / (count - 1))),
  );
  const finite = chosen.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const low = Math.min(...finite);
  // Halves: the whole span of the largest numbers is none
  const span = Math.max(...finite) / 2 - low / 2;
  const bar = (value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return ' ';
    const share = span === 0 ? 0.5 : (value / 2 - low / 2) / span;
    return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))] ?? ' ';
  };
  return chosen.map(bar).join('');
}
