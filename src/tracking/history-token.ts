// Where a page of a metric's history ends, as a token for the page after it.
import { z } from 'zod';
import { InputError } from '../core/index.ts';

export type Position = {
  readonly timestamp: number;
  readonly step: number;
  readonly value: number;
  readonly is_nan: 0 | 1;
};

/** Base64 of JSON. */
export function encodePosition({ timestamp, step, value, is_nan }: Position): string {
  return Buffer.from(JSON.stringify([timestamp, step, value, is_nan])).toString('base64');
}

/** @throws InputError for what is no token of a history */
export function decodePosition(token: string | undefined): Position | undefined {
  if (token === undefined || token === '') return undefined;
  const parts = z.tuple([z.int(), z.int(), z.number(), z.literal([0, 1])]).safeParse(parse(token));
  if (!parts.success) throw new InputError('Invalid page token, could not base64-decode');
  const [timestamp, step, value, is_nan] = parts.data;
  return { timestamp, step, value, is_nan };
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
