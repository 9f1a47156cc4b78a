// Writes archives in the tar format (POSIX.1-1988 ustar), as their files are read.
import { ResourceError } from '../../core/index.ts';

/** A file of an archive. */
export type TarEntry = {
  readonly name: string;
  readonly bytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
};

const block = 512;

/** The bytes of an archive. @throws ResourceError where a file changes its size meanwhile */
export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield header(entry);
    let size = 0;
    for await (const chunk of entry.open()) {
      size += chunk.length;
      yield chunk;
    }
    if (size !== entry.bytes)
      throw new ResourceError(
        `Cannot archive '${entry.name}': it had ${entry.bytes} bytes, and now has ${size}`,
      );
    yield new Uint8Array((block - (size % block)) % block);
  }
  yield new Uint8Array(2 * block);
}

/** Offsets and lengths are the format's. */
function header({ name, bytes }: TarEntry): Uint8Array {
  const field = Buffer.alloc(block);
  const [short, prefix] = splitName(name);
  field.write(short, 0, 100, 'utf8');
  field.write(octal(0o644, 8), 100, 'ascii');
  field.write(octal(0, 8), 108, 'ascii');
  field.write(octal(0, 8), 116, 'ascii');
  writeSize(field, bytes);
  field.write(octal(0, 12), 136, 'ascii');
  // The sum is taken as if it were spaces
  field.write('        ', 148, 'ascii');
  field.write('0', 156, 'ascii');
  field.write('ustar\0' + '00', 257, 'ascii');
  field.write(prefix, 345, 155, 'utf8');
  const sum = field.reduce((total, byte) => total + byte, 0);
  field.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return field;
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

const largestOctal = 8 ** 11;

/** What eleven octal digits cannot say is written in base 256, as GNU tar does. */
function writeSize(field: Buffer, bytes: number): void {
  if (bytes < largestOctal) {
    field.write(octal(bytes, 12), 124, 'ascii');
    return;
  }
  field[124] = 0x80;
  field.writeBigUInt64BE(BigInt(bytes), 128);
}

/** A name of more than 100 bytes goes into two fields, cut at a slash. */
function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return [name, ''];
  for (let cut = name.indexOf('/'); cut > 0; cut = name.indexOf('/', cut + 1)) {
    const [prefix, short] = [name.slice(0, cut), name.slice(cut + 1)];
    if (Buffer.byteLength(short) <= 100 && Buffer.byteLength(prefix) <= 155) return [short, prefix];
  }
  throw new ResourceError(`Cannot archive '${name}': its name is too long for the format`);
}
