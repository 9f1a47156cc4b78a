// What has gone over the network since the machine started.
import { readSystemFile } from './system-files.ts';

/** Bytes over all interfaces. */
export type NetworkTraffic = { readonly received: number; readonly sent: number };

/** Reads the counters that Linux keeps; undefined elsewhere. */
export function readNetwork(root: string): NetworkTraffic | undefined {
  const text = readSystemFile(root, '/proc/net/dev');
  if (text === undefined) return undefined;
  // `name: bytes packets errs drop fifo frame compressed multicast | bytes ...`
  const rows = text.split('\n').flatMap((line) => {
    const counters = /^[^:|]+:(.*)$/.exec(line)?.[1];
    return counters === undefined ? [] : [counters.trim().split(/\s+/).map(Number)];
  });
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  return { received: sum(0), sent: sum(8) };
}
