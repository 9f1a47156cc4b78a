// Tables as Parquet, row group by row group.
import type { SchemaElement } from 'hyparquet-writer';
import { AtomicFile } from '../../../../core/index.ts';
import type { ExportColumn, ExportValue } from './export-columns.ts';

const types: Readonly<Record<ExportColumn<never>['type'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  number: { type: 'DOUBLE' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  integer: { type: 'INT64' },
};

/** Rows in memory at once. */
const rowGroupSize = 1000;

/** Writes the file, whole or not at all. */
export async function writeParquet<Row>(
  path: string,
  columns: readonly ExportColumn<Row>[],
  rows: AsyncIterable<Row>,
): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const file = await AtomicFile.create(path);
  try {
    const writer = new ByteWriter();
    const flush = async () => {
      await file.write(writer.getBytes());
      writer.index = 0;
    };
    const schema: SchemaElement[] = [
      { name: 'root', num_children: columns.length },
      ...columns.map(
        ({ name, type }): SchemaElement => ({ name, ...types[type], repetition_type: 'OPTIONAL' }),
      ),
    ];
    const parquet = new ParquetWriter({ writer, schema });
    for await (const group of groupsOf(rows, rowGroupSize)) {
      const columnData = columns.map(({ name, type, valueIn }) => {
        return { name, data: group.map((row) => parquetValue(type, valueIn(row))) };
      });
      await parquet.write({ columnData, rowGroupSize });
      await flush();
    }
    await parquet.finish();
    await flush();
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function parquetValue(type: ExportColumn<never>['type'], value: ExportValue) {
  if (value === null) return null;
  if (type === 'time') return new Date(value);
  if (type === 'integer') return BigInt(value);
  return type === 'number' ? Number(value) : value;
}

async function* groupsOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
