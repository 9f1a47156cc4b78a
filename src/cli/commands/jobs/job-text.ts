// Jobs and events as lines for people.
import type { Job, JobEvent } from '../../../app/index.ts';
import { shown } from '../../table/text-width.ts';
import { formatSpan, formatTime } from '../../table/times.ts';
import { type Output, paint, type TextStyle } from '../../terminal.ts';

/** `running`, and what was asked of it: `running, to be cancelled`. */
export function stateText({ state, request }: Job): string {
  if (request === null) return state;
  return `${state}, to be ${request === 'cancel' ? 'cancelled' : 'paused'}`;
}

/** How long it took, or has taken so far. */
export function spanText({ startedAt, finishedAt }: Job, now = Date.now()): string {
  return startedAt === null ? '' : formatSpan(Math.max(0, (finishedAt ?? now) - startedAt));
}

/** How far it is, where it tells so by `phase`, `step` and `totalSteps`. */
export function progressText({ progress }: Job): string {
  if (typeof progress !== 'object' || progress === null || !('step' in progress)) return '';
  const { phase, step, totalSteps } = progress;
  const words = typeof phase === 'string' ? [phase] : [];
  if (typeof step === 'number' && typeof totalSteps === 'number' && totalSteps > 0)
    words.push(`${step}/${totalSteps}`);
  return words.join(' ');
}

const levelStyles: Readonly<Record<JobEvent['level'], TextStyle | undefined>> = {
  info: undefined,
  warn: 'yellow',
  error: 'red',
};

/** `2026-01-31 12:00:00  metrics  Step 3  {"loss":0.5}` */
export function eventLine(output: Output, { at, type, level, message, data }: JobEvent): string {
  const parts = [formatTime(at), type, ...(message === '' ? [] : [message])];
  if (data !== null) parts.push(JSON.stringify(data));
  const line = shown(parts.join('  '));
  const style = levelStyles[level];
  return style === undefined ? line : paint(output, style, line);
}
