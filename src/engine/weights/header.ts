// The header of a safetensors file: eight bytes of length, then JSON that says where each tensor lies. Checked whole.
import { InputError } from '../../core/index.ts';
import { type Dtype, dtypeBytes, dtypes, isDtype } from './dtype.ts';
import { findDuplicateKey } from './duplicate-key.ts';

/** What a tensor is: element type and shape. */
export type TensorInfo = { readonly dtype: Dtype; readonly shape: readonly number[] };

/** A tensor and the bytes of the file that hold it: from `begin` up to `end`. */
export type TensorExtent = TensorInfo & {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
};

/** A checked header; the extents' offsets count from the start of the file. */
export type Header = {
  readonly tensors: readonly TensorExtent[];
  readonly metadata: Readonly<Record<string, string>>;
};

/** The length of the field that holds the header's length. */
export const lengthBytes = 8;

// As the reference implementation: a longer header is a corrupt length.
const longestHeader = 100_000_000;

/**
 * Reads the header's length from a file's first bytes; throws InputError when no such header fits into the file.
 *
 * @param start up to {@link lengthBytes} bytes or more from the start of the file
 */
export function headerLength(
  start: Uint8Array,
  file: { readonly path: string; readonly size: number },
): number {
  if (file.size < lengthBytes) {
    throw fault(file.path, 0, `the file has ${file.size} bytes, less than a header's length takes`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > longestHeader || length > file.size - lengthBytes) {
    throw fault(file.path, 0, `a header of ${length} bytes is announced in a file of ${file.size} bytes`);
  }
  return length;
}

/**
 * Parses and checks a header: every tensor's size must match its shape and the tensors must fill the rest of the file without gap or
 * overlap. Throws InputError with the offset of the first fault.
 */
export function parseHeader(
  bytes: Uint8Array,
  file: { readonly path: string; readonly size: number },
): Header {
  const { __metadata__: metadata, ...entries } = parseJson(bytes, file.path);
  const start = lengthBytes + bytes.length;
  const tensors = Object.entries(entries).map(([name, entry]) => toExtent(name, entry, { start, file }));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkFilled(tensors, { start, file });
  return { tensors, metadata: toMetadata(metadata, file.path) };
}

/** Tensors in the order given, each right after the one before it, as header bytes (length field included) padded to eight. */
export function encodeHeader(
  tensors: readonly (TensorInfo & { readonly name: string })[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let offset = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = offset + byteSize({ dtype, shape });
    entries.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  // Not an object: JSON.stringify would move names that look like integers to the front.
  const json = `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`;
  const text = Buffer.from(json);
  const bytes = Buffer.alloc(lengthBytes + Math.ceil(text.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - lengthBytes));
  text.copy(bytes, lengthBytes);
  return bytes;
}

/** Bytes that a tensor takes. */
export function byteSize({ dtype, shape }: TensorInfo): number {
  return elementCount(shape) * dtypeBytes(dtype);
}

/** Elements of a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseJson(bytes: Uint8Array, path: string): Readonly<Record<string, unknown>> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `: ${cause.message}` : '';
    throw fault(
      path,
      lengthBytes,
      `the header of ${bytes.length} bytes is not JSON in UTF-8${reason}`,
      cause,
    );
  }
  if (!isRecord(value)) throw fault(path, lengthBytes, 'the header is not a JSON object');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    const offset = lengthBytes + Buffer.byteLength(text.slice(0, duplicate.index));
    throw fault(path, offset, `the header names '${duplicate.key}' twice`);
  }
  return value;
}

type Place = { readonly start: number; readonly file: { readonly path: string; readonly size: number } };

function toExtent(name: string, entry: unknown, { start, file }: Place): TensorExtent {
  const refuse = (reason: string) => fault(file.path, lengthBytes, `the header says of '${name}' ${reason}`);
  if (!isRecord(entry)) throw refuse('something that is not an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    throw refuse(`dtype ${JSON.stringify(dtype)}, which is not one of ${dtypes.join(', ')}`);
  }
  if (!isSizes(shape) || !Number.isSafeInteger(elementCount(shape)))
    throw refuse(`shape ${JSON.stringify(shape)}, which is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw refuse(`data_offsets ${JSON.stringify(offsets)}, which are not a begin and an end`);
  }
  const [begin = 0, end = 0] = offsets.map((offset) => start + offset);
  if (end - begin !== byteSize({ dtype, shape })) {
    const described = `'${name}' of shape [${shape.join(', ')}] and dtype ${dtype}`;
    const sizes = `takes ${byteSize({ dtype, shape })} bytes, but ${end - begin} are set aside`;
    throw fault(file.path, begin, `${described} ${sizes}`);
  }
  return { name, dtype, shape, begin, end };
}

function checkFilled(sorted: readonly TensorExtent[], { start, file }: Place): void {
  let end = start;
  let before = 'the header';
  for (const tensor of sorted) {
    if (tensor.begin < end) {
      throw fault(file.path, tensor.begin, `'${tensor.name}' overlaps ${before}, which ends at byte ${end}`);
    }
    if (tensor.begin > end) {
      throw fault(
        file.path,
        end,
        `${tensor.begin - end} bytes between ${before} and '${tensor.name}' belong to no tensor`,
      );
    }
    end = tensor.end;
    before = `'${tensor.name}'`;
    if (end > file.size) {
      throw fault(file.path, file.size, `the file ends inside ${before}, which ends at byte ${end}`);
    }
  }
  if (end < file.size) {
    throw fault(file.path, end, `${file.size - end} bytes after ${before} belong to no tensor`);
  }
}

function toMetadata(value: unknown, path: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw fault(path, lengthBytes, "the header's __metadata__ is not an object");
  const texts = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text === 'string') return [key, text];
    throw fault(path, lengthBytes, `the header's __metadata__ holds '${key}', which is not a string`);
  });
  return Object.fromEntries(texts);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function fault(path: string, offset: number, reason: string, cause?: unknown): InputError {
  const message = `Cannot read '${path}' as safetensors: at byte ${offset}, ${reason}; fetch or write the file again`;
  return new InputError(message, cause === undefined ? {} : { cause });
}
