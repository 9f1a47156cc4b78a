// Times as people read them.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`, and from a month on the day: `2026-01-31`. Times are ms since 1970. */
export function formatAge(time: number, now: number = Date.now()): string {
  const age = now - time;
  if (age < 0 || age >= 30 * day) return formatDay(time);
  if (age < minute) return 'just now';
  if (age < hour) return `${Math.floor(age / minute)} min ago`;
  if (age < day) return `${Math.floor(age / hour)} h ago`;
  const days = Math.floor(age / day);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** `2026-01-31 12:00:00` in UTC. */
export function formatTime(time: number): string {
  return isDate(time) ? new Date(time).toISOString().replace('T', ' ').slice(0, 19) : String(time);
}

function formatDay(time: number): string {
  return isDate(time) ? new Date(time).toISOString().slice(0, 10) : String(time);
}

function isDate(time: number): boolean {
  return Math.abs(time) <= 8.64e15;
}

/** `850 ms`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
