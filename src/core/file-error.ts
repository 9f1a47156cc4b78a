// Errors of the file system in the user's words: what failed, why, and what to do about it.
import { InputError, ResourceError } from './errors.ts';

/** Whether an error carries a system error code (`ENOENT`, ...). */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

const machineFaults: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device; free some or write to another disk',
  EDQUOT: 'the disk quota is used up; free some space or write to another disk',
  EACCES: 'permission is denied; change the permissions or choose another path',
  EPERM: 'the operation is not permitted; change the owner or choose another path',
  EROFS: 'the file system is read-only; choose another path',
  EMFILE: 'the process has too many files open; raise the limit (ulimit -n)',
  ENFILE: 'the machine has too many files open; close other programs',
  EFBIG: 'the file would exceed the size limit; raise it (ulimit -f) or use smaller shards',
  EIO: 'the disk reports a fault; check it and choose another path',
  ENOMEM: 'the machine is out of memory; close other programs',
  EBUSY: 'it is in use by another program; close that program',
};

const inputFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory; check the path',
  ENOTDIR: 'a part of the path is a file, not a directory; choose another path',
  EISDIR: 'it is a directory, not a file; choose another path',
  EEXIST: 'it exists already; remove it or choose another path',
  ENOTEMPTY: 'the directory is not empty; remove it or choose another path',
  ELOOP: 'the path runs through a circle of links; choose another path',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
};

/**
 * The error to throw for a failed file operation: InputError when the path is at fault, ResourceError when the machine is.
 * Errors that are not the file system's come back as they are.
 *
 * @param action what could not be done, e.g. `Cannot write 'a.json'`
 */
export function fileError(action: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const input = inputFaults[cause.code];
  if (input !== undefined) return new InputError(`${action}: ${input}`, { cause });
  const machine = machineFaults[cause.code];
  return new ResourceError(`${action}: ${machine ?? `the system reports ${cause.code}; check the path`}`, {
    cause,
  });
}
