// One place for two kinds of files that must not meet: a folder apart for the one, all the rest for the other.
import { InputError } from '../../core/index.ts';
import { type ArtifactPath, artifactPath } from './artifact-path.ts';
import type {
  BlobEntry,
  BlobSource,
  BlobStore,
  ByteRange,
  MultipartUploads,
  WriteOptions,
} from './blob-store.ts';

/** The two halves of a store. */
export type Partition = {
  /** The folder as a store of its own; what is in it has paths from the folder on. */
  readonly inside: BlobStore;
  /** The store without the folder: it is not listed, and no path leads into it. */
  readonly outside: BlobStore;
};

/** Parts a store at a folder of its root, which need not exist. @param folder one segment of ASCII, in lower case */
export function partition(store: BlobStore, folder: string): Partition {
  return { inside: new Inside(store, artifactPath(folder)), outside: outsideOf(store, folder) };
}

class Inside implements BlobStore {
  readonly uri: string;
  readonly #store: BlobStore;
  readonly #folder: ArtifactPath;

  constructor(store: BlobStore, folder: ArtifactPath) {
    this.uri = `${store.uri.replace(/\/+$/, '')}/${folder}`;
    this.#store = store;
    this.#folder = folder;
  }

  async list(folder?: ArtifactPath): Promise<readonly BlobEntry[]> {
    const entries = await this.#store.list(folder === undefined ? this.#folder : this.#below(folder));
    return entries.map((entry) => this.#fromHere(entry));
  }

  async stat(path: ArtifactPath): Promise<BlobEntry | undefined> {
    const entry = await this.#store.stat(this.#below(path));
    return entry && this.#fromHere(entry);
  }

  read(path: ArtifactPath, range?: ByteRange) {
    return this.#store.read(this.#below(path), range);
  }

  write(path: ArtifactPath, source: BlobSource, options?: WriteOptions): Promise<number> {
    return this.#store.write(this.#below(path), source, options);
  }

  delete(path: ArtifactPath): Promise<void> {
    return this.#store.delete(this.#below(path));
  }

  #below(path: ArtifactPath): ArtifactPath {
    return artifactPath(`${this.#folder}/${path}`);
  }

  #fromHere(entry: BlobEntry): BlobEntry {
    return { ...entry, path: artifactPath(entry.path.slice(this.#folder.length + 1)) };
  }
}

function outsideOf(store: BlobStore, folder: string): BlobStore {
  const allowed = (path: ArtifactPath) => {
    refuseInside(path, folder);
    return path;
  };
  const outside: BlobStore = {
    uri: store.uri,
    list: async (of) => {
      if (of !== undefined) return store.list(allowed(of));
      return (await store.list()).filter(({ path }) => !isInside(path, folder));
    },
    stat: async (path) => store.stat(allowed(path)),
    read: async (path, range) => store.read(allowed(path), range),
    write: async (path, source, options) => store.write(allowed(path), source, options),
    delete: async (path) => store.delete(allowed(path)),
  };
  const { presignRead, multipart } = store;
  return Object.assign(
    outside,
    presignRead && {
      presignRead: async (path: ArtifactPath, options: { readonly expiresInSeconds: number }) =>
        presignRead.call(store, allowed(path), options),
    },
    multipart && { multipart: guarded(multipart, allowed) },
  );
}

function guarded(
  multipart: MultipartUploads,
  allowed: (path: ArtifactPath) => ArtifactPath,
): MultipartUploads {
  return {
    create: async (path, options) => multipart.create(allowed(path), options),
    complete: async (path, upload) => multipart.complete(allowed(path), upload),
    abort: async (path, uploadId) => multipart.abort(allowed(path), uploadId),
  };
}

function refuseInside(path: ArtifactPath, folder: string): void {
  if (isInside(path, folder))
    throw new InputError(
      `Cannot use the path '${path}': '${folder}' holds files of another kind; choose another`,
    );
}

/** Also as file systems read it that ignore case, or points and spaces at the end of a name. */
function isInside(path: ArtifactPath, folder: string): boolean {
  const [first = ''] = path.split('/');
  return first.toLowerCase().replace(/[. ]+$/, '') === folder;
}
