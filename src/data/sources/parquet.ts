// Parquet through hyparquet, one slice of a row group at a time.
import { createWriteStream, readSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { RowFault } from '../fault.ts';
import { detectCompression, readBytes } from './bytes.ts';
import type { SourceItem } from './row.ts';
import type { Progress } from './utf8.ts';

/** Rows decoded at once; larger row groups are read in slices so that memory stays flat. */
const sliceRows = 1 << 14;

/** The rows of a Parquet file; `line` counts records. A compressed file is unpacked to a temporary one first. */
export async function* readParquet(
  path: string,
  file: string,
  progress: Progress,
): AsyncGenerator<SourceItem[]> {
  if ((await detectCompression(path)) === 'none') return yield* readPlain(path, file, progress);
  const directory = await mkdtemp(join(tmpdir(), 'hone-parquet-'));
  try {
    const plain = join(directory, 'data.parquet');
    await pipeline(readBytes(path), createWriteStream(plain));
    yield* readPlain(plain, file, progress);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function* readPlain(path: string, file: string, progress: Progress): AsyncGenerator<SourceItem[]> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    yield* readGroups(asyncBuffer(handle.fd, size), file, progress);
  } finally {
    await handle.close();
  }
}

async function* readGroups(
  buffer: AsyncBuffer,
  file: string,
  progress: Progress,
): AsyncGenerator<SourceItem[]> {
  progress.line = 0;
  const metadata = await readMetadata(buffer);
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    for (let start = groupStart; start < groupEnd; start += sliceRows) {
      const rows = await readSlice(buffer, metadata, start, Math.min(groupEnd, start + sliceRows));
      yield rows.map((row) => ({ row, origin: { file, line: ++progress.line, unit: 'record' } }));
    }
    groupStart = groupEnd;
  }
}

async function readMetadata(buffer: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(buffer);
  } catch (error) {
    throw new RowFault(
      'truncated',
      `Parquet file of ${buffer.byteLength} bytes has no readable footer (${messageOf(error)})`,
      'copy or download it again',
    );
  }
}

async function readSlice(
  file: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  try {
    const rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors,
      useOffsetIndex: true,
    });
    return rows.map((row) => toPlain(row) as Record<string, unknown>);
  } catch (error) {
    throw new RowFault(
      'truncated',
      `Parquet records ${rowStart + 1} to ${rowEnd} cannot be decoded (${messageOf(error)})`,
      'write or download the file again',
    );
  }
}

/** Values as JSON has them: 64-bit integers that fit become numbers, dates text. */
function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (ArrayBuffer.isView(value))
    return value instanceof DataView ? value : Array.from(value as Int32Array, toPlain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]));
}

function asyncBuffer(descriptor: number, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      readSync(descriptor, bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 160) : String(error);
}
