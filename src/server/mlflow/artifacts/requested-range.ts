// The bytes that the header `Range` of a request asks for.

/** Bytes `start` to before `end`. */
export type RequestedRange = { readonly start: number; readonly end: number };

/**
 * The range within a file of `size` bytes. Undefined where the whole file is to be sent: without the header, for a form of it
 * that is not one range of bytes. 'unsatisfiable' where the range begins beyond the file.
 */
export function requestedRange(
  header: string | undefined,
  size: number,
): RequestedRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [first = '', last = ''] = match.slice(1);
  if (first === '' && last === '') return undefined;
  if (first === '')
    return Number(last) === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
