// The log of a server or a worker: one line of JSON each on standard error, by pino.
import { type Logger, pino } from 'pino';

/** What is logged: everything, what is answered, what went wrong, nothing. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

export type { Logger } from 'pino';

/** A log of a level. Times are ISO texts. */
export function openLog(level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, process.stderr);
}
