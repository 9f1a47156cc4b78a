import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError, NumericError } from '../../core/index.ts';
import { openWeights, type TensorToWrite, writeSafetensors } from './index.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-weights-'));
  path = join(directory, 'model.safetensors');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function tensor(
  name: string,
  shape: number[],
  values: number[],
  dtype: TensorToWrite['dtype'] = 'F32',
): TensorToWrite {
  return { name, dtype, shape, data: Float32Array.from(values) };
}

/** A file of a header given as text and of data bytes. */
function rawFile(header: string, dataBytes: number): string {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return fileOf(Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
}

function fileOf(content: string | Uint8Array): string {
  writeFileSync(path, content);
  return path;
}

const entry = (begin: number, end: number, shape = '[2]', dtype = 'F32') =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

test('writeSafetensors() writes the bytes of the reference implementation', async () => {
  await writeSafetensors(path, [
    tensor('h', [3], [1, -2, 65504], 'F16'),
    tensor('w.2', [2, 1], [1, 2]),
    tensor('b', [2], [1, 0.1], 'BF16'),
    tensor('w.10', [], [3]),
  ]);
  const header =
    '{"__metadata__":{"format":"pt"},"w.10":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' +
    '"w.2":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},' +
    '"h":{"dtype":"F16","shape":[3],"data_offsets":[16,22]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
  const data = '00004040' + '0000803f00000040' + '803fcd3d' + '003c00c0ff7b';
  const bytes = readFileSync(path);
  expect(bytes.readBigUInt64LE()).toBe(BigInt(padded.length));
  expect(bytes.subarray(8, 8 + padded.length).toString()).toBe(padded);
  expect(bytes.subarray(8 + padded.length).toString('hex')).toBe(data);
});

test('openWeights() tells names, shapes and metadata, and reads into given memory', async () => {
  await writeSafetensors(path, [tensor('w', [2, 2], [1, 2, 3, 4]), tensor('h', [3], [0.5, -1, 2], 'F16')], {
    metadata: { step: '7' },
  });
  await using weights = await openWeights(directory);
  expect(weights.names).toEqual(['w', 'h']);
  expect([weights.has('w'), weights.has('x')]).toEqual([true, false]);
  expect(weights.info('h')).toEqual({ dtype: 'F16', shape: [3] });
  expect(weights.metadata).toEqual({ format: 'pt', step: '7' });
  const all = new Float32Array(9).fill(9);
  await weights.readInto('h', all.subarray(1, 4));
  await weights.readInto('w', all.subarray(4, 8));
  expect([...all]).toEqual([9, 0.5, -1, 2, 1, 2, 3, 4, 9]);
  expect(await weights.readRaw('h')).toEqual(new Uint16Array([0x3800, 0xbc00, 0x4000]));
});

test('Weights refuses an unknown name, a wrong size and a type that float32 cannot hold', async () => {
  rawFile(`{"embed":${entry(0, 8)},"ids":${entry(8, 24, '[2]', 'I64')}}`, 24);
  await using weights = await openWeights(path);
  expect(() => weights.info('embd')).toThrow("Cannot find tensor 'embd'");
  expect(() => weights.info('embd')).toThrow("Did you mean 'embed'?");
  await expect(weights.readInto('embed', new Float32Array(3))).rejects.toThrow(RangeError);
  await expect(weights.read('ids')).rejects.toThrow('it is stored as I64; save it as F32, F16 or BF16');
  expect(await weights.readRaw('ids')).toEqual(new BigInt64Array(2));
});

const name = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => text !== '__metadata__');
const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });
const dtype = fc.constantFrom('F32' as const, 'F16' as const, 'BF16' as const);
const specs = fc.uniqueArray(fc.record({ name, shape, dtype, seed: fc.nat() }), {
  minLength: 1,
  maxLength: 8,
  selector: (spec) => spec.name,
});

/** Values that all three element types hold exactly. */
function exactValues(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((seed + i * 37) % 255) - 127) / 8);
}

test('openWeights() reads back what writeSafetensors() wrote, in one file or many', async () => {
  await fc.assert(
    fc.asyncProperty(specs, fc.integer({ min: 1, max: 400 }), async (all, maxShardBytes) => {
      const target = join(mkdtempSync(join(directory, 'case-')), 'model.safetensors');
      const tensors = all.map((spec, i) => {
        const data = exactValues(
          spec.shape.reduce((a, b) => a * b, 1),
          spec.seed,
        );
        return { ...spec, values: data, data: i % 2 ? data : () => Promise.resolve(data) };
      });
      const { files } = await writeSafetensors(target, tensors, { maxShardBytes });
      await using weights = await openWeights(join(target, '..'));
      expect([...weights.names].sort()).toEqual(tensors.map((t) => t.name).sort());
      for (const { name, dtype, shape, values } of tensors) {
        expect(weights.info(name)).toEqual({ dtype, shape });
        expect(await weights.read(name)).toEqual(values);
      }
      expect(readdirSync(join(target, '..')).length).toBe(files.length);
    }),
    { numRuns: 60 },
  );
});

test('openWeights() meets a damaged file with InputError, never another error', async () => {
  await writeSafetensors(path, [tensor('a', [2], [1, 2]), tensor('b', [3], [1, 2, 3], 'F16')]);
  const whole = readFileSync(path);
  const headerEnd = 8 + Number(whole.readBigUInt64LE());
  await fc.assert(
    fc.asyncProperty(fc.nat(headerEnd - 1), fc.nat(255), fc.nat(whole.length), async (at, byte, length) => {
      const damaged = Buffer.from(whole);
      damaged[at] = byte;
      writeFileSync(path, damaged.subarray(0, length === 0 ? whole.length : Math.max(length, at + 1)));
      const opened = await openWeights(path).catch((error: unknown) => error);
      if (opened instanceof Error) expect(opened).toBeInstanceOf(InputError);
      else if (opened && typeof opened === 'object' && 'close' in opened) {
        await (opened as Awaited<ReturnType<typeof openWeights>>).close();
      }
    }),
    { numRuns: 300 },
  );
});

const refused: readonly (readonly [string, () => string, string])[] = [
  ['an empty file', () => fileOf(''), 'at byte 0, the file has 0 bytes'],
  [
    'a length beyond the file',
    () => fileOf(Buffer.from('\x02\0\0\0\0\0\0\0{')),
    'at byte 0, a header of 2 bytes',
  ],
  ['a huge length', () => fileOf(Buffer.alloc(64, 0xff)), 'at byte 0, a header of 184467440737095'],
  ['a Git LFS pointer', () => fileOf('version https://git-lfs.github.com/spec/v1'), "run 'git lfs pull'"],
  ['a header that is not JSON', () => rawFile('{"a":', 0), 'at byte 8, the header of 5 bytes is not JSON'],
  ['a header that is a list', () => rawFile('[]', 0), 'at byte 8, the header is not a JSON object'],
  [
    'a name that stands twice',
    () => rawFile(`{"ä":${entry(0, 8)},"\\u00e4":${entry(0, 8)}}`, 8),
    "at byte 63, the header names 'ä' twice",
  ],
  [
    'a key that stands twice',
    () => rawFile('{"a":{"dtype":"F32","dtype":"F32"}}', 8),
    "the header names 'dtype' twice",
  ],
  [
    'an unknown dtype',
    () => rawFile(`{"a":${entry(0, 8, '[2]', 'F4')}}`, 8),
    `says of 'a' dtype "F4", which is not one of F64, F32`,
  ],
  ['a negative size', () => rawFile(`{"a":${entry(0, 8, '[-2]')}}`, 8), "says of 'a' shape [-2]"],
  ['a shape too large', () => rawFile(`{"a":${entry(0, 8, '[94906267,94906267]')}}`, 8), "says of 'a' shape"],
  [
    'one offset',
    () => rawFile('{"a":{"dtype":"F32","shape":[],"data_offsets":[4]}}', 4),
    'not a begin and an end',
  ],
  [
    'metadata of another type',
    () => rawFile('{"__metadata__":{"a":1}}', 0),
    "holds 'a', which is not a string",
  ],
  [
    'a size unlike the shape',
    () => rawFile(`{"a":${entry(0, 7)}}`, 7),
    "at byte 62, 'a' of shape [2] and dtype F32 takes 8 bytes, but 7",
  ],
  ['offsets the wrong way', () => rawFile(`{"a":${entry(8, 0)}}`, 8), 'takes 8 bytes, but -8 are set aside'],
  [
    'an overlap',
    () => rawFile(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12),
    "at byte 120, 'b' overlaps 'a', which ends at byte 124",
  ],
  [
    'a gap',
    () => rawFile(`{"a":${entry(0, 8)},"b":${entry(12, 20)}}`, 20),
    "at byte 125, 4 bytes between 'a' and 'b'",
  ],
  [
    'a gap before the first',
    () => rawFile(`{"a":${entry(4, 12)}}`, 12),
    "4 bytes between the header and 'a'",
  ],
  [
    'a truncated tail',
    () => rawFile(`{"a":${entry(0, 8)}}`, 5),
    "at byte 67, the file ends inside 'a', which ends at byte 70",
  ],
  [
    'a surplus tail',
    () => rawFile(`{"a":${entry(0, 8)}}`, 9),
    "at byte 70, 1 bytes after 'a' belong to no tensor",
  ],
];

for (const [fault, make, message] of refused) {
  test(`openWeights() refuses ${fault}`, async () => {
    const opening = openWeights(make());
    await expect(opening).rejects.toThrow(InputError);
    await expect(opening).rejects.toThrow(message);
  });
}

test('openWeights() says what is missing and what is there instead', async () => {
  await expect(openWeights(directory)).rejects.toThrow('holds no model.safetensors; name a directory');
  writeFileSync(join(directory, 'pytorch_model.bin'), '');
  await expect(openWeights(directory)).rejects.toThrow(
    "it has 'pytorch_model.bin': save it from transformers",
  );
  await expect(openWeights(join(directory, 'nowhere'))).rejects.toThrow('there is no such file or directory');
});

test('openWeights() refuses an index that is wrong or disagrees with its files', async () => {
  await writeSafetensors(path, [tensor('a', [2], [1, 2]), tensor('b', [2], [3, 4])], { maxShardBytes: 8 });
  const indexPath = `${path}.index.json`;
  const shard = 'model-00001-of-00002.safetensors';
  const opening = (text: string) => {
    writeFileSync(indexPath, text);
    return expect(openWeights(directory)).rejects;
  };
  await opening('{').toThrow('it is not a JSON object with a weight_map');
  await opening('{"weight_map":{"a":"../x.safetensors"}}').toThrow(
    'not the name of a .safetensors file beside it',
  );
  await opening(`{"weight_map":{"a":"${shard}","a":"${shard}"}}`).toThrow("it names 'a' twice");
  await opening(`{"weight_map":{"b":"${shard}"}}`).toThrow(
    `it places 'b' in '${shard}', which does not hold it`,
  );
  await opening('{"weight_map":{"a":"model-00009-of-00009.safetensors"}}').toThrow('there is no such file');
});

test('writeSafetensors() replaces an earlier, sharded save by one file', async () => {
  const tensors = [tensor('a', [2], [1, 2]), tensor('b', [2], [3, 4])];
  const { files, totalBytes } = await writeSafetensors(path, tensors, { maxShardBytes: 8 });
  expect(files.map((file) => file.slice(directory.length + 1))).toEqual([
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
  ]);
  expect(totalBytes).toBe(16);
  writeFileSync(join(directory, 'model-card.safetensors'), 'a user’s file');
  await writeSafetensors(path, tensors);
  expect(readdirSync(directory)).toEqual(['model-card.safetensors', 'model.safetensors']);
});

test('writeSafetensors() refuses to mix several files with earlier weights', async () => {
  await writeSafetensors(path, [tensor('a', [1], [1])]);
  const writing = writeSafetensors(path, [tensor('a', [1], [1]), tensor('b', [1], [2])], {
    maxShardBytes: 4,
  });
  await expect(writing).rejects.toThrow('they would be mixed if interrupted; choose an empty directory');
  expect(readdirSync(directory)).toEqual(['model.safetensors']);
});

test('writeSafetensors() keeps the old file and leaves nothing when a tensor fails', async () => {
  await writeSafetensors(path, [tensor('a', [1], [1])]);
  const before = readFileSync(path);
  const large = writeSafetensors(path, [tensor('a', [2], [1, 65520], 'F16')]);
  await expect(large).rejects.toThrow(NumericError);
  await expect(large).rejects.toThrow(
    "Cannot write 'a' as F16: 65520 is too large for it; save as BF16 or F32",
  );
  const short: TensorToWrite = { name: 'b', dtype: 'F32', shape: [3], data: () => new Float32Array(2) };
  await expect(writeSafetensors(path, [short])).rejects.toThrow('takes 3 elements, 2 are given');
  expect(readFileSync(path)).toEqual(before);
  const fresh = join(directory, 'fresh', 'model.safetensors');
  mkdirSync(join(directory, 'fresh'));
  const sharded = writeSafetensors(fresh, [tensor('a', [3], [1, 2, 3]), short], { maxShardBytes: 12 });
  await expect(sharded).rejects.toThrow('takes 3 elements');
  expect(readdirSync(join(directory, 'fresh'))).toEqual([]);
});

test('writeSafetensors() keeps infinities and NaN, which are not overflow', async () => {
  await writeSafetensors(path, [tensor('a', [3], [Infinity, -Infinity, NaN], 'BF16')]);
  await using weights = await openWeights(path);
  expect([...(await weights.read('a'))]).toEqual([Infinity, -Infinity, NaN]);
});

test('writeSafetensors() rounds tensors longer than one piece', async () => {
  const length = 2 ** 19 + 3;
  const data = exactValues(length, 5);
  await writeSafetensors(path, [{ name: 'a', dtype: 'BF16', shape: [length], data }]);
  await using weights = await openWeights(path);
  expect(Buffer.compare(Buffer.from((await weights.read('a')).buffer), Buffer.from(data.buffer))).toBe(0);
});

test('writeSafetensors() refuses names that stand twice and a path of another kind', async () => {
  const twice = [tensor('a', [1], [1]), tensor('a', [1], [1])];
  await expect(writeSafetensors(path, twice)).rejects.toThrow("'a' is reserved or stands twice");
  await expect(writeSafetensors(join(directory, 'model.bin'), [])).rejects.toThrow(
    'must end in .safetensors',
  );
});
