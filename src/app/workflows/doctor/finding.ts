// What one look at the machine found.

/** One thing looked at. */
export type Finding = {
  readonly name: string;
  /** `warning`: works, but worse than it could; `fault`: something will fail. */
  readonly status: 'ok' | 'warning' | 'fault';
  readonly detail: string;
  /** What to do about it, unless all is well. */
  readonly remedy?: string;
};

export const gigabyte = 2 ** 30;

/** `3.2 GB`. */
export function formatBytes(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(1)} GB`;
}

/** The message of whatever was thrown, with its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
