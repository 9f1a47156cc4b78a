// Values of options, checked as the command line is read.
import { InvalidArgumentError } from 'commander';

/** A whole number from 1 up. */
export function positiveInteger(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('Give a whole number from 1 up.');
  return Number(text);
}

/** A whole number. */
export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

const sizes: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size in bytes: `8G`, `512M`. */
export function byteSize(text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT])$/i.exec(text) ?? [];
  const size = sizes[unit.toUpperCase()];
  if (count === undefined || size === undefined || Number(count) === 0)
    throw new InvalidArgumentError('Give a number and K, M, G or T: 8G.');
  return Math.round(Number(count) * size);
}

const spans: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A span of time in milliseconds: `30d`, `12h`, `2w`, `5m`. */
export function timeSpan(text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text) ?? [];
  const size = spans[unit];
  if (count === undefined || size === undefined)
    throw new InvalidArgumentError('Give a number and m, h, d or w: 30d.');
  return Number(count) * size;
}
