// Text that every database can keep: PostgreSQL takes neither U+0000 nor halves of characters.
import { z } from 'zod';
import type { HttpCall } from '../http/call.ts';
import { ParameterError } from '../http/parse.ts';

/** Schema of a text that comes to a database. */
export const plainText = z.string().refine(isPlain, 'give text without U+0000 and lone surrogates');

/** Checks the path and the query of a call. @throws ParameterError */
export function checkAddress({ params, query }: Pick<HttpCall, 'params' | 'query'>): void {
  for (const [name, value] of [...Object.entries(params), ...Object.entries(query)])
    if (![name, value ?? ''].flat().every(isPlain))
      throw new ParameterError(
        name.replaceAll('\0', ''),
        'Cannot read the address: it holds U+0000 or a lone surrogate; leave that out',
      );
}

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
