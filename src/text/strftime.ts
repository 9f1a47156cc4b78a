// Python's strftime for the directives that chat templates use, in English and local time.
import { InputError } from '../core/index.ts';

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const directives: Readonly<Record<string, (time: Date) => string>> = {
  '%': () => '%',
  a: (time) => dayName(time).slice(0, 3),
  A: dayName,
  b: (time) => monthName(time).slice(0, 3),
  B: monthName,
  d: (time) => pad(time.getDate()),
  e: (time) => String(time.getDate()).padStart(2, ' '),
  '-d': (time) => String(time.getDate()),
  m: (time) => pad(time.getMonth() + 1),
  '-m': (time) => String(time.getMonth() + 1),
  y: (time) => pad(time.getFullYear() % 100),
  Y: (time) => String(time.getFullYear()),
  H: (time) => pad(time.getHours()),
  I: (time) => pad(time.getHours() % 12 || 12),
  M: (time) => pad(time.getMinutes()),
  S: (time) => pad(time.getSeconds()),
  p: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
};

/** @throws InputError for a directive that is not known. */
export function formatTime(time: Date, format: string): string {
  return format.replace(/%(-?.?)/gs, (directive, name: string) => {
    const write = directives[name];
    if (write !== undefined) return write(time);
    throw new InputError(
      `Cannot render the chat template: strftime_now does not know the directive '${directive}'`,
    );
  });
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function dayName(time: Date): string {
  return days[time.getDay()] ?? '';
}

function monthName(time: Date): string {
  return months[time.getMonth()] ?? '';
}
