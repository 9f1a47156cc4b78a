import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { describeFault, type Fault } from '../fault.ts';
import { type Row, readRows } from './index.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-sources-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const list: Row[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

async function rowsOf(path: string): Promise<unknown[]> {
  return (await all(readRows(path))).map(({ row }) => row);
}

/** Rows and faults, with the directory left out of the messages. */
async function collect(path: string): Promise<{ rows: unknown[]; lines: number[]; faults: string[] }> {
  const faults: Fault[] = [];
  const found = await all(readRows(path, { onFault: (fault) => faults.push(fault) }));
  return {
    rows: found.map(({ row }) => row),
    lines: found.map(({ origin }) => origin.line),
    faults: faults.map((fault) => describeFault(fault).replace(`${directory}/`, '')),
  };
}

const three = [
  { a: 1, b: 'x' },
  { a: 2, b: 'ü€😀' },
  { a: 3, b: 'line\nfeed' },
];
const jsonl = three.map((row) => `${JSON.stringify(row)}\n`).join('');

test.each([
  ['rows.jsonl', jsonl],
  ['rows.ndjson', jsonl.replaceAll('\n', '\r\n')],
  ['no-last-line-feed.jsonl', jsonl.trimEnd()],
  ['blank-lines.jsonl', `\n${jsonl.replaceAll('\n', '\n\n')}`],
  ['bom.jsonl', `\ufeff${jsonl}`],
  ['jsonl-called.json', jsonl],
  ['array-called.jsonl', JSON.stringify(three)],
  ['array.json', JSON.stringify(three)],
  ['pretty.json', JSON.stringify(three, null, 2)],
  ['wrapped.json', JSON.stringify({ version: '[1]', data: three, end: { x: 1 } })],
  ['one-after-another.json', three.map((row) => JSON.stringify(row, null, 2)).join('\n')],
  ['no-extension', jsonl],
  ['rows.jsonl.gz', gzipSync(jsonl)],
  ['two-members.jsonl.gz', Buffer.concat([gzipSync(jsonl.slice(0, 20)), gzipSync(jsonl.slice(20))])],
  ['array.json.gz', gzipSync(JSON.stringify(three))],
  ['rows.jsonl.zst', zstdCompressSync(jsonl)],
  ['utf16le.jsonl', Buffer.from(`\ufeff${jsonl}`, 'utf16le')],
  ['utf16be.json', Buffer.from(`\ufeff${JSON.stringify(three)}`, 'utf16le').swap16()],
])('readRows() reads %s', async (name, content) => {
  expect(await rowsOf(await put(name, content))).toEqual(three);
});

const table = [
  { a: '1', b: 'x' },
  { a: '2', b: 'ü, "q"' },
  { a: '3', b: 'line\nfeed' },
];

test.each([
  ['table.csv', 'a,b\n1,x\n2,"ü, ""q"""\n3,"line\nfeed"\n'],
  ['bom.csv', '\ufeffa,b\r\n1,x\r\n2,"ü, ""q"""\r\n3,"line\nfeed"\r\n'],
  ['semicolons.csv', 'a;b\n1;x\n2;"ü, ""q"""\n\n3;"line\nfeed"'],
  ['table.tsv', 'a\tb\n1\tx\n2\t"ü, ""q"""\n3\t"line\nfeed"\n'],
  ['table.csv.gz', gzipSync('a,b\n1,x\n2,"ü, ""q"""\n3,"line\nfeed"\n')],
])('readRows() reads %s', async (name, content) => {
  expect(await rowsOf(await put(name, content))).toEqual(table);
});

const parquet = (rowGroupSize?: number) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'a', data: Array.from({ length: 50 }, (_, index) => BigInt(index)), type: 'INT64' },
        { name: 'b', data: Array.from({ length: 50 }, (_, index) => `text ${index} ü`) },
        {
          name: 'c',
          data: Array.from({ length: 50 }, (_, index) => ({ x: [index], y: null })),
          type: 'JSON',
        },
      ],
      ...(rowGroupSize === undefined ? {} : { rowGroupSize }),
    }),
  );

test.each([
  ['one-group.parquet', parquet()],
  ['groups.parquet', parquet(7)],
  ['groups.parquet.gz', gzipSync(parquet(7))],
  ['parquet-by-content', parquet()],
])('readRows() reads %s', async (name, content) => {
  const { rows, lines } = await collect(await put(name, content));
  expect(rows[9]).toEqual({ a: 9, b: 'text 9 ü', c: { x: [9], y: null } });
  expect(lines).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('readRows() counts lines, rows of a table by their first line, and records', async () => {
  expect((await collect(await put('lines.jsonl', '\n{"a":1}\n\n{"a":2}'))).lines).toEqual([2, 4]);
  expect((await collect(await put('lines.csv', 'a,b\n1,"x\ny"\n\n2,z\n'))).lines).toEqual([2, 5]);
  expect((await collect(await put('lines.json', '[{"a":1},\n\n{"a":2}]'))).lines).toEqual([1, 2]);
});

test('readRows() goes on after a bad line and names it', async () => {
  const path = await put('bad.jsonl', '{"a":1}\n{"a":}\n[1]\n{"a":2}\n"x"\n{"a":3}\n');
  expect(await collect(path)).toEqual({
    rows: [{ a: 1 }, { a: 2 }, { a: 3 }],
    lines: [1, 4, 6],
    faults: [
      "bad.jsonl:2: Line is not JSON (Unexpected token '}'); fix or delete that line",
      'bad.jsonl:3: Row is a list, not an object; write each row as {"column": value, ...}',
      'bad.jsonl:5: Row is a string, not an object; write each row as {"column": value, ...}',
    ],
  });
});

test.each([
  [
    'cut.jsonl',
    '{"a":1}\n{"a":2,"b":"te',
    'cut.jsonl:2: Last line is cut off after 14 characters; copy the file again',
  ],
  [
    'cut.json',
    '[{"a":1},{"a":2},{"a":',
    'cut.json: JSON ends too early, at byte offset 22, after 2 whole records; copy',
  ],
  [
    'open.json',
    '[{"a":1},{"a":2}',
    'open.json: JSON ends too early, at byte offset 16, after 2 whole records; copy',
  ],
  [
    'cut.csv',
    'a,b\n1,2\n3,"x\ny',
    'cut.csv:4: Quoted value is not closed before the file ends; copy the file again',
  ],
  [
    'wide.csv',
    'a,b\n1,2,3\n4,5\n',
    'wide.csv:2: Row has 3 values, the header has 2 columns; put values that hold',
  ],
  [
    'twice.csv',
    'a,a\n1,2\n',
    "twice.csv:1: Header names column 'a' twice; give each column a name of its own",
  ],
  ['header.csv', 'a,b\n', 'header.csv: File holds no rows; check that it was written completely'],
  ['empty.jsonl', '', 'empty.jsonl: File is empty; check that it was written completely'],
  ['blank.jsonl', ' \n\n', 'blank.jsonl: File holds only white space; check that it was written completely'],
  ['empty.json', '[]', 'empty.json: File holds no rows; check that it was written completely'],
  [
    'comma.json',
    '[{"a":1} {"a":2}]',
    'comma.json: File is not JSON: no comma between two records, after record 1; write',
  ],
  [
    'trailing.json',
    '[{"a":1},]',
    'trailing.json: File is not JSON: a comma after the last record, after record 1',
  ],
  ['after.json', '[{"a":1}] x', 'after.json: File is not JSON: text outside the array, after record 1'],
  [
    'bad-record.json',
    '[{"a":1},{"a":nope},{"a":2}]',
    'bad-record.json: record 2: Record is not JSON (Unexpected token',
  ],
  ['number.json', '[1]', 'number.json: record 1: Row is a number, not an object'],
  [
    'two.json',
    '{"train":[{"a":1}],"test":[]}',
    'two.json: JSON object holds more than one array, so it is not clear',
  ],
  [
    'latin1.jsonl',
    Buffer.from('{"a":1}\n{"a":"\xfc"}\n', 'latin1'),
    'latin1.jsonl:2: Text is not valid UTF-8: byte 0xfc at byte offset 14; save the file as UTF-8',
  ],
  [
    'latin1.json',
    Buffer.from('[{"a":1},\n{"a":"\xfc"}]', 'latin1'),
    'latin1.json:2: Text is not valid UTF-8: byte 0xfc at byte offset 16',
  ],
  [
    'latin1.csv',
    Buffer.from('a,b\n1,2\n3,\xfc\n', 'latin1'),
    'latin1.csv:3: Text is not valid UTF-8: byte 0xfc at byte offset 10',
  ],
  [
    'utf16.jsonl',
    Buffer.from('{"a":1}', 'utf16le'),
    'utf16.jsonl: File is not UTF-8 text: there is a zero byte in its first 4 bytes',
  ],
  [
    'half.jsonl',
    Buffer.from('\ufeff{"a":"\ud800"}\n', 'utf16le'),
    'half.jsonl: File is not valid UTF-16LE; save it as UTF-8',
  ],
  ['cut.jsonl.gz', gzipSync(jsonl).subarray(0, -12), 'Compressed (gzip) file ends too early, after'],
  [
    'not.parquet',
    'PARX',
    "not.parquet: File does not begin with Parquet's mark 'PAR1'; write or download it again",
  ],
  [
    'cut.parquet',
    parquet().subarray(0, 300),
    'cut.parquet: Parquet file of 300 bytes has no readable footer (',
  ],
  [
    'words.txt',
    'hello\nworld\n',
    'words.txt: Content is none of the formats that are read; give a file of these kinds',
  ],
])('readRows() refuses %s', async (name, content, message) => {
  const path = await put(name, content);
  const { faults } = await collect(path);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(message);
  await expect(rowsOf(path)).rejects.toThrow(InputError);
});

test('readRows() yields the rows before a fault that ends the file', async () => {
  expect((await collect(await put('half.json', '[{"a":1},{"a":2},{"a":'))).rows).toEqual([
    { a: 1 },
    { a: 2 },
  ]);
});

test('readRows() refuses corrupt bytes inside a Parquet file with the records', async () => {
  const bytes = parquet(10);
  bytes.fill(0xff, 60, 160);
  const { faults } = await collect(await put('corrupt.parquet', bytes));
  expect(faults[0]).toMatch(/^corrupt\.parquet: Parquet records 1 to 10 cannot be decoded \(/);
});

test('readRows() refuses a path that is not there, and a corrupt gzip file', async () => {
  await expect(rowsOf(join(directory, 'absent.jsonl'))).rejects.toThrow(
    `${directory}/absent.jsonl: File does not exist; check the path`,
  );
  const bytes = gzipSync(jsonl.repeat(500));
  bytes.fill(0xaa, 40, 60);
  const { faults } = await collect(await put('corrupt.jsonl.gz', bytes));
  expect(faults.at(-1)).toMatch(/Compressed \(gzip\) file is corrupt, after \d+ bytes of content/);
});

test('readRows() takes directories and globs, by name', async () => {
  await put('many/b.jsonl', '{"n":2}\n');
  await put('many/a.json', '[{"n":1}]');
  await put('many/notes.txt', 'not data');
  expect(await rowsOf(join(directory, 'many'))).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await rowsOf(join(directory, 'many', '*.jsonl'))).toEqual([{ n: 2 }]);
  await expect(rowsOf(join(directory, 'many', '*.csv'))).rejects.toThrow('no file matches');
  await mkdir(join(directory, 'none'));
  await expect(rowsOf(join(directory, 'none'))).rejects.toThrow('it holds no data file');
  await expect(all(readRows([]))).rejects.toThrow('no file is named');
});

test('readRows() joins characters and records that chunks of the file cut', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => ({
    index,
    text: '€'.repeat(index % 700),
    list: [[index]],
  }));
  expect(await rowsOf(await put('long.json', JSON.stringify(rows)))).toEqual(rows);
  expect(await rowsOf(await put('long.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))).toEqual(
    rows,
  );
});

test('readRows() stops reading when its caller does', async () => {
  const path = await put('many.jsonl.gz', gzipSync('{"a":1}\n'.repeat(500_000)));
  for await (const { origin } of readRows(path)) if (origin.line === 3) break;
  expect((await rowsOf(path)).length).toBe(500_000);
});
