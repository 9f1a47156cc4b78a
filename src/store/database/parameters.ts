// The check that every text passes on its way into a database: what one of the two cannot keep, neither takes.
import { InputError } from '../../core/index.ts';

/** Throws an {@link InputError} for a text with NUL or half of a surrogate pair. */
export function checkText(text: string): void {
  if (text.includes('\0'))
    throw new InputError(`Cannot store ${quote(text)}: it contains a NUL character; remove it`);
  if (!text.isWellFormed())
    throw new InputError(
      `Cannot store ${quote(text)}: it contains half of a surrogate pair; send well-formed Unicode`,
    );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
