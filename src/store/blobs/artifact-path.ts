// The one door for paths that come from outside: what it lets through names something below a store's root, for every reader.
import { InputError } from '../../core/index.ts';

declare const checked: unique symbol;

/** A relative path of one or more segments between `/`, checked by {@link artifactPath}. */
export type ArtifactPath = string & { readonly [checked]: true };

/** The most UTF-8 bytes of a segment: what file systems take. */
export const longestSegment = 255;
/** The most UTF-8 bytes of a path: what object stores take. */
export const longestPath = 1024;

/**
 * Checks a path. Refused (InputError): an absolute path, `.` and `..`, empty segments, backslashes, drive letters, control
 * characters, text that is not well-formed Unicode, more than {@link longestSegment} or {@link longestPath} bytes; and any path
 * that becomes one of these when percent-encoding is undone, however many times.
 */
export function artifactPath(text: string): ArtifactPath {
  assertArtifactPath(text);
  return text;
}

/** Whether {@link artifactPath} lets the text through. */
export function isArtifactPath(text: string): text is ArtifactPath {
  return faultOf(text) === undefined;
}

function assertArtifactPath(text: string): asserts text is ArtifactPath {
  const fault = faultOf(text);
  if (fault === undefined) return;
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
  throw new InputError(
    `Cannot use ${shown} as a path: ${fault}; use a relative path such as 'model/weights.bin'`,
  );
}

function faultOf(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it is not well-formed Unicode';
  if (Buffer.byteLength(text) > longestPath) return `it has more than ${longestPath} bytes`;
  // Each round that changes the text shortens it, so this ends.
  for (let form = text; ; ) {
    const fault = faultOfForm(form);
    if (fault !== undefined) return form === text ? fault : `when decoded, ${fault}`;
    const decoded = undoPercentEncoding(form);
    if (decoded === form) return undefined;
    form = decoded;
  }
}

function faultOfForm(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return 'it has a control character';
  if (text.includes('\\')) return 'it has a backslash';
  if (text.startsWith('/')) return 'it is absolute';
  if (/^[a-z]:/i.test(text)) return 'it begins with a drive letter';
  for (const segment of text.split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (segment === '.' || segment === '..') return `it has the segment '${segment}'`;
    if (Buffer.byteLength(segment) > longestSegment) return `a segment has more than ${longestSegment} bytes`;
  }
  return undefined;
}

/** As a lenient reader does it: sequences that are not encodings stay. Only what is ASCII can make a path dangerous. */
function undoPercentEncoding(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
