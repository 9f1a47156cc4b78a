// A data set behind a URL: fetched within limits, unpacked, and read as JSON or JSON lines, whatever its name or type says.
import { InputError } from '../../core/index.ts';

export type DatasetFetch = {
  /** Of the file as it is fetched, and unpacked. */
  readonly limitBytes: number;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
};

/** @throws InputError that tells nothing of what the server has answered */
export async function fetchDataset(url: string, options: DatasetFetch): Promise<readonly unknown[]> {
  const { limitBytes, allowPrivate, signal } = options;
  const { fetchRemote, unpack } = await import('../../platform/index.ts');
  const bytes = await fetchRemote(url, { allowPrivate, signal, limits: { bytes: limitBytes } });
  return parseDataset(await unpack(bytes, limitBytes));
}

/** The records of a JSON list or of JSON lines. @throws InputError */
export function parseDataset(bytes: Uint8Array): readonly unknown[] {
  const text = decode(bytes).trim();
  if (text === '') throw refusal('it is empty');
  if (text.startsWith('[')) return parseList(text);
  if (!text.startsWith('{')) throw refusal('it is neither a JSON list nor JSON lines');
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index + 1)]));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusal('it is no text in UTF-8');
  }
}

/** What a parser says quotes what it has read: that is not told. */
function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    throw refusal('it begins as a JSON list, and is none');
  }
  throw refusal('it is no JSON list');
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw refusal(`line ${number} is no JSON`);
  }
}

function refusal(reason: string): InputError {
  return new InputError(
    `Cannot read the file of dataset_url: ${reason}; give a JSON list or JSON lines of records`,
  );
}
