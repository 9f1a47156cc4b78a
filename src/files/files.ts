// Uploaded files: their records in the database, their bytes in the blob store.
import { InputError, NotFoundError, timeOrderedId } from '../core/index.ts';
import {
  artifactPath,
  type BlobContent,
  type BlobStore,
  type Database,
  type Tables,
} from '../store/index.ts';
import { type FileRecord, type FileStatus, recordOf } from './file-record.ts';
import { MeasuredBody } from './measured-body.ts';
import type { FileTables } from './tables.ts';

/** What an upload says of itself. */
export type NewFile = {
  readonly owner: string;
  /** As the uploader calls it: 1 to 1,000 characters on one line. */
  readonly filename: string;
  readonly purpose: string;
  /** In s since 1970; from then on the file is gone. */
  readonly expiresAt?: number | undefined;
};

/** What may be known of a file only when its body has been read: forms send their fields before the file or behind it. */
export type LateDetails = Partial<Pick<NewFile, 'purpose' | 'expiresAt'>> & {
  /** Default: `uploaded`. */
  readonly status?: FileStatus | undefined;
};

/** Options of {@link Files.create}. */
export type UploadOptions = {
  /** The most bytes to take; default: {@link largestFile}. */
  readonly limitBytes?: number | undefined;
  /** Sees each chunk before it is stored, in order; what it throws ends the upload, with nothing kept. */
  readonly onChunk?: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
  /** Asked once the body was read, before the file is kept; what it says goes before what was said at first, what it throws ends the upload. */
  readonly atEnd?: (() => LateDetails | Promise<LateDetails>) | undefined;
};

/** Confines a call to the files of one owner: those of others are not found. Absent: those of all. */
export type OwnerOption = { readonly owner?: string | undefined };

/** What {@link Files.list} shows. */
export type FileQuery = OwnerOption & {
  readonly purpose?: string | undefined;
  /** By the time of upload; default `desc`, the newest first. */
  readonly order?: 'asc' | 'desc' | undefined;
  /** The id of the file before the first one wanted; it may be gone meanwhile. */
  readonly after?: string | undefined;
  /** Default 10,000. */
  readonly limit?: number | undefined;
};

/** What OpenAI takes: 512 MB. */
export const largestFile = 512 * 2 ** 20;

/** The uploaded files of one database. Times are in s since 1970. */
export interface Files {
  /**
   * Keeps a body under a new id, as it comes: whole and on disk once the promise is fulfilled, with nothing left behind when it is
   * rejected.
   * @throws FileTooLargeError over the limit; InputError where the body breaks off; what `onChunk` throws
   */
  create(file: NewFile, body: AsyncIterable<Uint8Array>, options?: UploadOptions): Promise<FileRecord>;
  /** @throws NotFoundError */
  get(id: string, options?: OwnerOption): Promise<FileRecord>;
  list(query?: FileQuery): Promise<{ readonly items: readonly FileRecord[]; readonly hasMore: boolean }>;
  /** The record and the content. @throws NotFoundError */
  open(id: string, options?: OwnerOption): Promise<{ readonly file: FileRecord } & BlobContent>;
  /** @throws NotFoundError */
  delete(id: string, options?: OwnerOption): Promise<void>;
  /** Says what came of looking at the content. @throws NotFoundError */
  setStatus(id: string, status: FileStatus, details?: string): Promise<FileRecord>;
  /** Removes what has expired and what uploads and deletions left that died with their process. @returns how many expired */
  expire(): Promise<number>;
}

/** Options of {@link openFiles}. */
export type FilesOptions = {
  /** The clock, in ms since 1970. */
  readonly now?: () => number;
};

/** The files of a database to which {@link filesMigration} was applied, with their bytes in a store that nobody else writes to. */
export function openFiles(
  database: Database,
  blobs: BlobStore,
  { now = Date.now }: FilesOptions = {},
): Files {
  return new StoredFiles(database.tables<FileTables>(), blobs, now);
}

/** An upload or a deletion that is not done after so long died with its process, in s. */
const abandonedAfter = 24 * 3600;
/** Files removed by one round of a sweep. */
const sweepSize = 1000;

class StoredFiles implements Files {
  readonly #tables: Tables<FileTables>;
  readonly #blobs: BlobStore;
  readonly #now: () => number;

  constructor(tables: Tables<FileTables>, blobs: BlobStore, now: () => number) {
    this.#tables = tables;
    this.#blobs = blobs;
    this.#now = now;
  }

  async create(
    { owner, filename, purpose, expiresAt }: NewFile,
    body: AsyncIterable<Uint8Array>,
    { limitBytes = largestFile, onChunk, atEnd }: UploadOptions = {},
  ): Promise<FileRecord> {
    checkFilename(filename);
    this.#checkExpiry(filename, expiresAt);
    const id = timeOrderedId('file-', this.#now());
    // Before the bytes, so that a process that dies leaves none that nobody knows of.
    await this.#insert({ id, owner, filename, purpose, expires_at: expiresAt ?? null });
    const measured = new MeasuredBody(body, { filename, limitBytes, onChunk });
    try {
      const bytes = await this.#blobs.write(artifactPath(id), measured);
      const late = await atEnd?.();
      this.#checkExpiry(filename, late?.expiresAt);
      const values = { state: 'kept', bytes, sha256: measured.sha256(), ...lateValues(late) } as const;
      await this.#tables.write(({ db }) =>
        db.updateTable('files').set(values).where('id', '=', id).execute(),
      );
    } catch (error) {
      // What this cannot undo, a sweep will; the first error says what is wrong.
      await this.#remove(id).catch(() => undefined);
      throw uploadError(measured, { filename, error });
    }
    return await this.get(id);
  }

  async get(id: string, { owner }: OwnerOption = {}): Promise<FileRecord> {
    const row = await this.#seen(owner).where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new NotFoundError(`No such File object: ${id}`);
    return recordOf(row);
  }

  async list({ owner, purpose, order = 'desc', after, limit = 10_000 }: FileQuery = {}) {
    let query = this.#seen(owner);
    if (purpose !== undefined) query = query.where('purpose', '=', purpose);
    if (after !== undefined) query = query.where('id', order === 'asc' ? '>' : '<', after);
    const rows = await query
      .orderBy('id', order)
      .limit(limit + 1)
      .execute();
    return { items: rows.slice(0, limit).map(recordOf), hasMore: rows.length > limit };
  }

  async open(id: string, options?: OwnerOption) {
    const file = await this.get(id, options);
    return { file, ...(await this.#blobs.read(artifactPath(file.id))) };
  }

  async delete(id: string, options?: OwnerOption): Promise<void> {
    const file = await this.get(id, options);
    await this.#remove(file.id);
  }

  async setStatus(id: string, status: FileStatus, details?: string): Promise<FileRecord> {
    const values = { status, status_details: details ?? null };
    await this.#tables.write(({ db }) => db.updateTable('files').set(values).where('id', '=', id).execute());
    return await this.get(id);
  }

  async expire(): Promise<number> {
    let expired = 0;
    for (;;) {
      const rows = await this.#due();
      const faults: unknown[] = [];
      for (const { id, state } of rows) {
        // One that cannot be removed must not keep the others
        await this.#remove(id).catch((error: unknown) => faults.push(error));
        if (state === 'kept') expired++;
      }
      if (faults.length > 0) throw faults[0];
      if (rows.length < sweepSize) return expired;
    }
  }

  /** Rows whose time is over. */
  #due() {
    const now = this.#seconds();
    return this.#tables.db
      .selectFrom('files')
      .select(['id', 'state'])
      .where(({ or, and, eb }) =>
        or([
          eb('expires_at', '<=', now),
          eb('state', '=', 'deleting'),
          and([eb('state', '=', 'writing'), eb('created_at', '<=', now - abandonedAfter)]),
        ]),
      )
      .limit(sweepSize)
      .execute();
  }

  /** Rows that are there for everybody, or for one owner. */
  #seen(owner: string | undefined) {
    const query = this.#tables.db
      .selectFrom('files')
      .selectAll()
      .where('state', '=', 'kept')
      .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', this.#seconds())]));
    return owner === undefined ? query : query.where('owner', '=', owner);
  }

  async #insert(file: Pick<FileTables['files'], 'id' | 'owner' | 'filename' | 'purpose' | 'expires_at'>) {
    const row: FileTables['files'] = {
      ...file,
      state: 'writing',
      status: 'uploaded',
      status_details: null,
      bytes: 0,
      sha256: '',
      created_at: this.#seconds(),
    };
    await this.#tables.write(({ db }) => db.insertInto('files').values(row).execute());
  }

  /** Unseen first, then the bytes, then the row: a process that dies between leaves what a sweep finds. */
  async #remove(id: string): Promise<void> {
    await this.#tables.write(({ db }) =>
      db.updateTable('files').set({ state: 'deleting' }).where('id', '=', id).execute(),
    );
    await this.#blobs.delete(artifactPath(id)).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
    await this.#tables.write(({ db }) => db.deleteFrom('files').where('id', '=', id).execute());
  }

  #checkExpiry(filename: string, expiresAt: number | undefined): void {
    if (expiresAt === undefined || expiresAt > this.#seconds()) return;
    throw new InputError(
      `Cannot keep ${JSON.stringify(filename)}: it would have expired already; give a later time`,
    );
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}

function lateValues({ purpose, expiresAt, status }: LateDetails = {}) {
  return {
    ...(purpose !== undefined && { purpose }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(status !== undefined && { status }),
  };
}

/** What an upload that failed is told: what stopped the body, else what the store says. */
function uploadError(
  { fault, bytes }: MeasuredBody,
  { filename, error }: { readonly filename: string; readonly error: unknown },
): unknown {
  if (fault === undefined) return error;
  if (!fault.isOfSender || fault.error instanceof InputError) return fault.error;
  return new InputError(
    `Cannot keep ${JSON.stringify(filename)}: its body broke off after ${bytes} bytes; send it again`,
    { cause: fault.error },
  );
}

/** Names are shown in lists, logs and headers. */
function checkFilename(filename: string): void {
  if (filename.isWellFormed() && /^\P{Cc}{1,1000}$/u.test(filename)) return;
  throw new InputError(
    `Cannot keep a file called ${JSON.stringify(filename.slice(0, 200))}: give a name of 1 to 1,000 characters without control characters`,
  );
}
