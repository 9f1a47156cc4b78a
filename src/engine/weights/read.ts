// Reads safetensors lazily: headers are read and checked at opening, a tensor's bytes when they are asked for.
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { didYouMean, fileError, InputError } from '../../core/index.ts';
import { type RawArray, rawArray } from './dtype.ts';
import { widenBfloat16, widenFloat16 } from './half.ts';
import {
  byteSize,
  elementCount,
  type Header,
  headerLength,
  lengthBytes,
  parseHeader,
  type TensorExtent,
  type TensorInfo,
} from './header.ts';
import { readIndex } from './shard-index.ts';

/** Tensors on disk. Reads may run at the same time; none may follow {@link Weights.close}. */
export interface Weights extends AsyncDisposable {
  /** All tensors' names, in the order of the files and within each by offset. */
  readonly names: readonly string[];
  /** The header's free text, of all shards together; `format` is 'pt' in most files. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Element type and shape; throws InputError when there is no such tensor. */
  info(name: string): TensorInfo;
  /** Whether there is such a tensor. */
  has(name: string): boolean;
  /** The tensor as float32, row-major. F32, F16 and BF16 only, each converted exactly. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** {@link Weights.read} into memory that is there already, without a copy; `target` has exactly the tensor's size. */
  readInto(name: string, target: Float32Array): Promise<void>;
  /** The elements as stored, of any element type: F16 and BF16 as Uint16Array of their bits, I64 as BigInt64Array. */
  readRaw(name: string): Promise<RawArray>;
  /** Closes the files. */
  close(): Promise<void>;
}

type OpenFile = { readonly path: string; readonly handle: FileHandle; readonly header: Header };
type Located = { readonly file: OpenFile; readonly tensor: TensorExtent };

/**
 * Opens weights: a `.safetensors` file, a `.safetensors.index.json`, or a directory that holds `model.safetensors` or
 * `model.safetensors.index.json` (the first wins, as in transformers). Every header is checked: a length beyond the file, a
 * duplicate name, overlap, gap, a size that does not match the shape, a truncated or overlong file are InputErrors with the offset.
 */
export async function openWeights(path: string): Promise<Weights> {
  const found = await findWeights(path);
  if (!found.endsWith('.index.json')) {
    const file = await openFile(found);
    return new WeightFiles(path, [file], locate(file));
  }
  const index = await readIndex(found);
  const files = await openAll([...new Set(index.values())].sort().map((name) => join(dirname(found), name)));
  const all = new Map<string, Map<string, Located>>();
  for (const file of files) all.set(basename(file.path), locate(file));
  const tensors = new Map<string, Located>();
  for (const [name, shard] of index) {
    const located = all.get(shard)?.get(name);
    if (located === undefined) {
      await closeAll(files);
      throw new InputError(
        `Cannot read '${found}': it places '${name}' in '${shard}', which does not hold it; fetch both again`,
      );
    }
    tensors.set(name, located);
  }
  return new WeightFiles(path, files, tensors);
}

class WeightFiles implements Weights {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly #path: string;
  readonly #files: readonly OpenFile[];
  readonly #tensors: ReadonlyMap<string, Located>;

  constructor(path: string, files: readonly OpenFile[], tensors: ReadonlyMap<string, Located>) {
    this.#path = path;
    this.#files = files;
    this.#tensors = tensors;
    this.names = files.flatMap((file) =>
      file.header.tensors.map(({ name }) => name).filter((name) => tensors.get(name)?.file === file),
    );
    this.metadata = Object.assign({}, ...files.map((file) => file.header.metadata));
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  info(name: string): TensorInfo {
    const { dtype, shape } = this.#locate(name).tensor;
    return { dtype, shape };
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { tensor } = this.#locate(name);
    const target = new Float32Array(elementCount(tensor.shape));
    await this.readInto(name, target);
    return target;
  }

  async readInto(name: string, target: Float32Array): Promise<void> {
    const { file, tensor } = this.#locate(name);
    const count = elementCount(tensor.shape);
    if (target.length !== count) {
      throw new RangeError(`Cannot read '${name}' of ${count} elements into an array of ${target.length}`);
    }
    if (tensor.dtype === 'F32') {
      await readExactly(file, tensor.begin, bytesOf(target));
    } else if (tensor.dtype === 'F16' || tensor.dtype === 'BF16') {
      // The bits go to the upper half of the target, from where widening, front to back, never overtakes itself.
      const bits = new Uint16Array(target.buffer, target.byteOffset + 2 * count, count);
      await readExactly(file, tensor.begin, bytesOf(bits));
      const wide = new Uint32Array(target.buffer, target.byteOffset, count);
      (tensor.dtype === 'F16' ? widenFloat16 : widenBfloat16)(bits, wide);
    } else {
      throw new InputError(
        `Cannot read '${name}' of '${file.path}' as float32: it is stored as ${tensor.dtype}; save it as F32, F16 or BF16`,
      );
    }
  }

  async readRaw(name: string): Promise<RawArray> {
    const { file, tensor } = this.#locate(name);
    const bytes = new Uint8Array(byteSize(tensor));
    await readExactly(file, tensor.begin, bytes);
    return rawArray(tensor.dtype, bytes.buffer);
  }

  async close(): Promise<void> {
    await closeAll(this.#files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #locate(name: string): Located {
    const located = this.#tensors.get(name);
    if (located === undefined) {
      const near = this.names.length === 0 ? 'It holds no tensor' : didYouMean(name, this.names);
      throw new InputError(`Cannot find tensor '${name}' in '${this.#path}'. ${near}`);
    }
    return located;
  }
}

function locate(file: OpenFile): Map<string, Located> {
  return new Map(file.header.tensors.map((tensor) => [tensor.name, { file, tensor }]));
}

async function findWeights(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) return path;
    const names = await readdir(path);
    for (const name of ['model.safetensors', 'model.safetensors.index.json']) {
      if (names.includes(name)) return join(path, name);
    }
    const torch = names.find((name) => /^pytorch_model.*\.bin/.test(name));
    const remedy =
      torch === undefined
        ? 'name a directory or file that has weights'
        : `it has '${torch}': save it from transformers with save_pretrained(..., safe_serialization=True)`;
    throw new InputError(`Cannot open weights: '${path}' holds no model.safetensors; ${remedy}`);
  } catch (error) {
    throw fileError(`Cannot open weights '${path}'`, error);
  }
}

async function openAll(paths: readonly string[]): Promise<OpenFile[]> {
  const files: OpenFile[] = [];
  try {
    for (const path of paths) files.push(await openFile(path));
  } catch (error) {
    await closeAll(files);
    throw error;
  }
  return files;
}

async function closeAll(files: readonly OpenFile[]): Promise<void> {
  await Promise.all(files.map((file) => file.handle.close()));
}

async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return { path, handle, header: await readHeader(path, handle) };
  } catch (error) {
    await handle?.close();
    throw fileError(`Cannot open weights '${path}'`, error);
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<Header> {
  const { size } = await handle.stat();
  const start = new Uint8Array(Math.min(size, lengthBytes));
  await readExactly({ path, handle }, 0, start);
  if (Buffer.from(start).toString('latin1') === 'version ') {
    throw new InputError(
      `Cannot read '${path}': it is a Git LFS pointer, not the weights; run 'git lfs pull'`,
    );
  }
  const bytes = new Uint8Array(headerLength(start, { path, size }));
  await readExactly({ path, handle }, lengthBytes, bytes);
  return parseHeader(bytes, { path, size });
}

// One call reads at most 2 GiB, and may read less than it is asked for.
const largestRead = 2 ** 30;

async function readExactly(
  file: Omit<OpenFile, 'header'>,
  position: number,
  into: Uint8Array,
): Promise<void> {
  try {
    for (let done = 0; done < into.length; ) {
      const length = Math.min(into.length - done, largestRead);
      const { bytesRead } = await file.handle.read(into, done, length, position + done);
      if (bytesRead === 0) {
        throw new InputError(
          `Cannot read '${file.path}': it ends at byte ${position + done}; fetch or write it again`,
        );
      }
      done += bytesRead;
    }
  } catch (error) {
    throw fileError(`Cannot read '${file.path}'`, error);
  }
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
