// What is known of an uploaded file.
import { InputError } from '../core/index.ts';
import type { FileTables } from './tables.ts';

/** Whether a file's content was looked at, and what came of it. */
export const fileStatuses = ['uploaded', 'processed', 'error'] as const;
/** One of {@link fileStatuses}. */
export type FileStatus = (typeof fileStatuses)[number];

/** An uploaded file. Times are in s since 1970, as OpenAI's protocol has them. */
export type FileRecord = {
  /** `file-...`; ids sort by the time of the upload. */
  readonly id: string;
  readonly owner: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly createdAt: number;
  /** As the uploader called it: any text on one line, never a path to use. */
  readonly filename: string;
  readonly purpose: string;
  readonly status: FileStatus;
  readonly statusDetails: string | undefined;
  readonly expiresAt: number | undefined;
};

/** The body of an upload is larger than allowed. */
export class FileTooLargeError extends InputError {
  override readonly name = 'FileTooLargeError';
  readonly limitBytes: number;

  constructor(filename: string, limitBytes: number) {
    super(
      `Cannot keep ${JSON.stringify(filename)}: it has more than ${limitBytes} bytes; split it into several files`,
    );
    this.limitBytes = limitBytes;
  }
}

export function recordOf(row: FileTables['files']): FileRecord {
  return {
    id: row.id,
    owner: row.owner,
    bytes: row.bytes,
    sha256: row.sha256,
    createdAt: row.created_at,
    filename: row.filename,
    purpose: row.purpose,
    status: statusOf(row),
    statusDetails: row.status_details ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  };
}

function statusOf({ id, status }: FileTables['files']): FileStatus {
  const known = fileStatuses.find((one) => one === status);
  if (known === undefined) throw new TypeError(`The file '${id}' has the unknown status '${status}'`);
  return known;
}
