// Writes safetensors by stream: 16-bit elements are rounded in small pieces, files appear whole or not at all.

import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  AtomicFile,
  fileError,
  InputError,
  isSystemError,
  NumericError,
  writeFileAtomic,
} from '../../core/index.ts';
import { bfloat16FromBits, float16FromBits } from './half.ts';
import { byteSize, elementCount, encodeHeader } from './header.ts';
import { encodeIndex } from './shard-index.ts';

/** A tensor to write. A function as `data` is called when its turn comes, so that not all data need be in memory at once. */
export type TensorToWrite = {
  readonly name: string;
  /** How elements are stored; F16 and BF16 round to nearest, ties to even. */
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** Row-major float32 values; must not change until the write is done. */
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
};

/** Options of {@link writeSafetensors}. */
export type WriteOptions = {
  /** Free text for the header, beside `format: 'pt'`, without which transformers refuses a file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Size of data from which a further file is begun, 5 GB by default. */
  readonly maxShardBytes?: number;
};

/** What was written: the files' paths (the index last, when there is one) and the bytes of all tensors. */
export type WrittenWeights = { readonly files: readonly string[]; readonly totalBytes: number };

type Shard = { readonly path: string; readonly tensors: readonly TensorToWrite[] };

const defaultShardBytes = 5_000_000_000;
// 1 MiB of 16-bit elements at a time.
const pieceElements = 2 ** 19;

/**
 * Writes weights to `path` (`.../model.safetensors`) or, when they exceed `maxShardBytes`, to `model-00001-of-00002.safetensors` ...
 * with `model.safetensors.index.json`. A single file replaces an earlier one atomically; several files cannot, so they
 * are refused beside earlier weights of that name (write them into a new directory and swap it in with `replaceDirectoryAtomic`).
 * Throws NumericError when a finite value does not fit F16 or BF16; after any error nothing of the new weights is left.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  options: WriteOptions = {},
): Promise<WrittenWeights> {
  const all = checked(path, [...tensors]);
  const metadata = { format: 'pt', ...options.metadata };
  const shards = toShards(path, all, options.maxShardBytes ?? defaultShardBytes);
  const totalBytes = all.reduce((sum, tensor) => sum + byteSize(tensor), 0);
  const [first] = shards;
  if (shards.length === 1 && first !== undefined) {
    await writeFile(first, metadata);
    await removeShards(path);
    return { files: [path], totalBytes };
  }
  const files = await writeShards(path, shards, { metadata, totalBytes });
  return { files, totalBytes };
}

function checked(path: string, tensors: readonly TensorToWrite[]): readonly TensorToWrite[] {
  if (!path.endsWith('.safetensors')) {
    throw new InputError(`Cannot write weights to '${path}': the name must end in .safetensors`);
  }
  const seen = new Set<string>();
  for (const tensor of tensors) {
    if (tensor.name === '__metadata__' || seen.has(tensor.name)) {
      throw new TypeError(`Cannot write '${path}': tensor name '${tensor.name}' is reserved or stands twice`);
    }
    seen.add(tensor.name);
    if (!tensor.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw new TypeError(`Cannot write '${path}': '${tensor.name}' has shape [${tensor.shape.join(', ')}]`);
    }
    if (typeof tensor.data !== 'function') checkLength(path, tensor, tensor.data);
  }
  return tensors;
}

function checkLength(path: string, tensor: TensorToWrite, data: Float32Array): void {
  const wanted = elementCount(tensor.shape);
  if (data.length === wanted) return;
  throw new RangeError(
    `Cannot write '${path}': '${tensor.name}' of shape [${tensor.shape.join(', ')}] takes ${wanted} elements, ${data.length} are given`,
  );
}

function toShards(path: string, tensors: readonly TensorToWrite[], maxBytes: number): readonly Shard[] {
  if (!(maxBytes > 0)) {
    throw new RangeError(
      `Cannot write shards: 'maxShardBytes' must be positive, current value is ${maxBytes}`,
    );
  }
  const groups: TensorToWrite[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const size = byteSize(tensor);
    if (bytes > 0 && bytes + size > maxBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(tensor);
    bytes += size;
  }
  if (groups.length === 1) return [{ path, tensors }];
  return groups.map((group, i) => ({ path: shardPath(path, i + 1, groups.length), tensors: group }));
}

function shardPath(path: string, number: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, '0');
  return path.replace(/\.safetensors$/, `-${digits(number)}-of-${digits(count)}.safetensors`);
}

type ShardOptions = { readonly metadata: Readonly<Record<string, string>>; readonly totalBytes: number };

async function writeShards(path: string, shards: readonly Shard[], options: ShardOptions): Promise<string[]> {
  const present = await earlierWeights(path, true);
  if (present.length > 0) {
    throw new InputError(
      `Cannot write weights in ${shards.length} files beside '${present[0]}': they would be mixed if interrupted; choose an empty directory`,
    );
  }
  const written: string[] = [];
  try {
    for (const shard of shards) {
      await writeFile(shard, options.metadata);
      written.push(shard.path);
    }
    const index = shards.flatMap((shard) =>
      shard.tensors.map(({ name }) => [name, basename(shard.path)] as const),
    );
    const indexPath = `${path}.index.json`;
    await writeFileAtomic(indexPath, encodeIndex(new Map(index), options.totalBytes));
    return [...written, indexPath];
  } catch (error) {
    for (const file of written) await rm(file, { force: true });
    throw error;
  }
}

/** Index and shards that an earlier, larger save of the same name left, and the file itself when `single` says so. */
async function earlierWeights(path: string, single: boolean): Promise<string[]> {
  const name = basename(path);
  const stem = name.slice(0, -'.safetensors'.length);
  const isEarlier = (other: string) =>
    (single && other === name) ||
    other === `${name}.index.json` ||
    (other.startsWith(`${stem}-`) && /^-\d{5}-of-\d{5}\.safetensors$/.test(other.slice(stem.length)));
  try {
    const names = await readdir(dirname(path));
    return names.filter(isEarlier).map((other) => join(dirname(path), other));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(`Cannot list '${dirname(path)}'`, error);
  }
}

async function removeShards(path: string): Promise<void> {
  for (const file of await earlierWeights(path, false)) await rm(file);
}

async function writeFile(shard: Shard, metadata: Readonly<Record<string, string>>): Promise<void> {
  // As the reference implementation: wide elements first, which keeps every tensor aligned, then by name.
  const tensors = [...shard.tensors].sort(
    (a, b) => order[a.dtype] - order[b.dtype] || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  const file = await AtomicFile.create(shard.path);
  try {
    await file.write(encodeHeader(tensors, metadata));
    for (const tensor of tensors) {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      checkLength(shard.path, tensor, data);
      await writeElements(file, tensor, data);
    }
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

const order = { F32: 0, BF16: 1, F16: 2 } as const;

async function writeElements(file: AtomicFile, tensor: TensorToWrite, data: Float32Array): Promise<void> {
  if (tensor.dtype === 'F32') {
    await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return;
  }
  const narrow = tensor.dtype === 'F16' ? float16FromBits : bfloat16FromBits;
  const infinity = tensor.dtype === 'F16' ? 0x7c00 : 0x7f80;
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const piece = new Uint16Array(Math.min(data.length, pieceElements));
  for (let start = 0; start < bits.length; start += pieceElements) {
    const count = Math.min(pieceElements, bits.length - start);
    for (let i = 0; i < count; i++) {
      const wide = bits[start + i] as number;
      const half = narrow(wide);
      if ((half & 0x7fff) === infinity && (wide & 0x7fffffff) !== 0x7f800000)
        throw overflow(tensor, data[start + i]);
      piece[i] = half;
    }
    await file.write(new Uint8Array(piece.buffer, 0, 2 * count));
  }
}

function overflow(tensor: TensorToWrite, value: number | undefined): NumericError {
  const other = tensor.dtype === 'F16' ? 'BF16 or F32' : 'F32';
  return new NumericError(
    `Cannot write '${tensor.name}' as ${tensor.dtype}: ${value} is too large for it; save as ${other}`,
  );
}
