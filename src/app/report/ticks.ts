// Round numbers along an axis.

/** An axis: from, to, and where it is labelled. */
export type Axis = { readonly from: number; readonly to: number; readonly ticks: readonly number[] };

/** An axis that holds all values, with about `count` labels at multiples of 1, 2 or 5 times a power of ten. */
export function axisOf(values: readonly number[], count = 5): Axis {
  const finite = values.filter(Number.isFinite);
  const least = Math.min(...finite);
  const most = Math.max(...finite);
  if (finite.length === 0) return { from: 0, to: 1, ticks: [0, 1] };
  const step = roundStep((most - least || Math.abs(most) || 1) / count);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { from: ticks[0] as number, to: ticks.at(-1) as number, ticks };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}
