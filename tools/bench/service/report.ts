// The result of a run under mixed load as text.
import type { MixedLoadResult } from './mixed-load.ts';

/** Whether nothing went wrong. */
export function isSound({ faults, logged }: MixedLoadResult): boolean {
  return faults.length === 0 && logged.length === 0;
}

export function reportLines(result: MixedLoadResult): readonly string[] {
  const { seconds, streams, times, counts, faults, memory, logged } = result;
  const kinds = Object.keys(times).sort();
  return [
    `${Math.round(seconds)} s of tuning, ${streams} chats, tracking, files and lists at once. Times in ms.`,
    row(['', 'count', 'p50', 'p95', 'p99', 'max']),
    ...kinds.map((kind) => {
      const { count = 0, p50 = 0, p95 = 0, p99 = 0, max = 0 } = times[kind] ?? {};
      return row([
        kind,
        `${count}`,
        ...[p50, p95, p99, max].map((value) => value.toFixed(value < 10 ? 1 : 0)),
      ]);
    }),
    '',
    ...Object.entries(counts).map(([what, count]) => `${what}: ${count}`),
    `tokens a second: ${((counts.tokens ?? 0) / seconds).toFixed(0)} (streams alone)`,
    `memory of the server behind the first ${memory.warmUp.toFixed(0)} s: ${memory.firstMb.toFixed(0)} MB to ${memory.lastMb.toFixed(0)} MB, ` +
      `${memory.mbPerMinute.toFixed(2)} MB a minute, at most ${memory.maxMb.toFixed(0)} MB`,
    ...(faults.length === 0 ? ['errors: none'] : ['errors:']),
    ...faults.map(({ kind, message, count }) => `  ${count} x ${kind}: ${message}`),
    ...logged.slice(0, 20).map((line) => `  log: ${line}`),
  ];
}

function row([name = '', ...cells]: readonly string[]): string {
  return (name.padEnd(24) + cells.map((cell) => cell.padStart(10)).join('')).trimEnd();
}
