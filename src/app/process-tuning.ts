// Allocator settings for processes that train: they must be in the environment before the process starts.

/** Bytes: larger than any tensor of a step, so that freed memory is kept for the next step and not given back. */
const keep = String(2 ** 34);

/** Marks a process that has the settings. */
export const tunedMark = 'HONE_TUNED';

/**
 * Settings under which glibc keeps freed memory: without them every step maps its tensors anew and waits for the
 * kernel to clear the pages, which costs a tenth to a third of the time. Undefined where they would do nothing.
 */
export function tunedEnvironment(): Readonly<Record<string, string>> | undefined {
  if (process.platform !== 'linux') return undefined;
  return {
    [tunedMark]: '1',
    MALLOC_TOP_PAD_: '67108864',
    MALLOC_MMAP_THRESHOLD_: keep,
    MALLOC_TRIM_THRESHOLD_: keep,
  };
}
