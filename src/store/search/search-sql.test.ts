// What filters and pages compile to, run on SQLite and on PostgreSQL: both give the same rows.
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAvailable, sharedPostgres } from '../../testing/postgres.ts';
import {
  after,
  applyOrder,
  type Comparison,
  compileFilter,
  decodePageToken,
  encodePageToken,
  numberCondition,
  type PageValue,
  parseFilter,
  RUNS,
  registerSearchFunctions,
  type SortKey,
  textCondition,
} from './index.ts';

type Row = {
  readonly id: number;
  readonly text: string | null;
  readonly number: number | null;
  readonly big: number;
};
type Schema = { readonly things: Row };
type Side = {
  readonly dialect: 'sqlite' | 'postgres';
  readonly db: Kysely<Schema>;
  readonly run: (query: CompiledQuery<unknown>) => Promise<readonly Record<string, unknown>[]>;
};

const missing = await postgresAvailable();
const closers: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

function openSqliteSide(): Side {
  const database = new DatabaseSync(':memory:');
  database.exec('pragma case_sensitive_like = on');
  registerSearchFunctions(database);
  closers.push(() => database.close());
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const run: Side['run'] = async (query) => {
    return database.prepare(query.sql).all(...query.parameters.map(sqliteParameter));
  };
  return { dialect: 'sqlite', db, run };
}

function sqliteParameter(value: unknown): string | number | null {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  throw new Error(`SQLite takes no ${typeof value}`);
}

async function openPostgresSide(): Promise<Side> {
  const server = await sharedPostgres();
  const client = new pg.Client({ connectionString: await server.createDatabase() });
  await client.connect();
  closers.push(() => client.end());
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const run: Side['run'] = async (query) => {
    const result = await client.query(query.sql, [...query.parameters]);
    return result.rows;
  };
  return { dialect: 'postgres', db, run };
}

async function fill(side: Side, rows: readonly Row[]): Promise<void> {
  const collation = side.dialect === 'postgres' ? sql` collate "C"` : sql``;
  await side.run(sql`drop table if exists things`.compile(side.db));
  await side.run(
    sql`create table things (id integer primary key, text text${collation}, number double precision, big bigint not null)`.compile(
      side.db,
    ),
  );
  for (const row of rows) await side.run(side.db.insertInto('things').values(row).compile());
}

const TEXTS = [
  'a',
  'A',
  'ab',
  'a%b',
  'a_b',
  'a\\b',
  'ä',
  'Ä',
  'ÄRGER',
  'ärger',
  'straße',
  'ΟΔΟΣ',
  'οδος',
  '日本',
  '🚀x',
  '',
  'x\ny',
  "it's",
  null,
];
const THINGS: readonly Row[] = TEXTS.map((text, index) => ({
  id: index,
  text,
  number: [null, 0.1, 1, -2.5, 1e300, Number.POSITIVE_INFINITY][index % 6] ?? null,
  big: index * 1_000_000_000_000,
}));

/** Filters on params.text, metrics.number and start_time, and the ids of the things that match. */
const FILTERS: readonly (readonly [string, (row: Row) => boolean])[] = [
  ["params.text = 'a'", ({ text }) => text === 'a'],
  ["params.text != 'a'", ({ text }) => text !== null && text !== 'a'],
  ["NOT (params.text = 'a')", ({ text }) => text !== 'a'],
  ["NOT NOT params.text = 'a'", ({ text }) => text === 'a'],
  [
    "NOT (params.text = 'a' OR metrics.number > 0)",
    ({ text, number }) => text !== 'a' && !((number ?? -1) > 0),
  ],
  [
    "NOT (params.text != 'a' AND metrics.number > 0)",
    ({ text, number }) => !(text !== null && text !== 'a' && (number ?? -1) > 0),
  ],
  ['params.text IS NULL', ({ text }) => text === null],
  ['params.text IS NOT NULL', ({ text }) => text !== null],
  ["params.text LIKE 'a%'", ({ text }) => text?.startsWith('a') ?? false],
  ["params.text LIKE 'a_b'", ({ text }) => ['a%b', 'a_b', 'a\\b'].includes(text ?? '')],
  ["params.text LIKE 'a\\b'", ({ text }) => text === 'a\\b'],
  ["params.text LIKE '%'", ({ text }) => text !== null],
  ["params.text ILIKE 'A%'", ({ text }) => /^a/i.test(text ?? '')],
  ["params.text ILIKE 'äRgEr'", ({ text }) => text?.toLowerCase() === 'ärger'],
  ["params.text ILIKE '%ΟΔΟς'", ({ text }) => text === 'ΟΔΟΣ' || text === 'οδος'],
  ["params.text ILIKE '_X'", ({ text }) => text === '🚀x'],
  ["params.text ILIKE 'A\\B'", ({ text }) => text === 'a\\b'],
  ['params.text = "it\'s"', ({ text }) => text === "it's"],
  ['metrics.number > 0', ({ number }) => number !== null && number > 0],
  ['metrics.number = 0.1', ({ number }) => number === 0.1],
  ['metrics.number != 1', ({ number }) => number !== null && number !== 1],
  ['metrics.number >= 1e400', ({ number }) => number === Number.POSITIVE_INFINITY],
  ['start_time > 1.5', ({ big }) => big > 1.5],
  [
    'start_time <= 3000000000000 AND metrics.number < 0',
    ({ big, number }) => big <= 3e12 && number !== null && number < 0,
  ],
  ["params.text = 'a' OR params.text = 'A' AND metrics.number = 7", ({ text }) => text === 'a'],
];

/** Operators that runs do not take, by themselves. */
const CONDITIONS: readonly (readonly [Pick<Comparison, 'operator' | 'value'>, (text: string) => boolean])[] =
  [
    [{ operator: 'IN', value: ['a', 'ä', 'nothing'] }, (text) => text === 'a' || text === 'ä'],
    [{ operator: 'NOT IN', value: ['a', "it's"] }, (text) => text !== 'a' && text !== "it's"],
    [{ operator: 'IN', value: ['a,b', '{x}', '"', '\\', ''] }, (text) => text === ''],
    [{ operator: 'RLIKE', value: '^a.?b?$' }, (text) => /^a.?b?$/u.test(text)],
    [{ operator: 'RLIKE', value: '(?i)^[äö]' }, (text) => /^[äö]/iu.test(text)],
    [{ operator: 'RLIKE', value: 'x.y' }, (text) => text === 'x\ny'],
    [{ operator: 'RLIKE', value: '\\bb\\b' }, (text) => ['a%b', 'a\\b'].includes(text)],
    [{ operator: 'RLIKE', value: '^\\w+$' }, (text) => /^[\p{L}\p{N}_]+$/u.test(text)],
    [{ operator: 'RLIKE', value: '[%\\\\_]' }, (text) => /[%\\_]/.test(text)],
    [{ operator: 'RLIKE', value: '^(?:a|st)(?:%b|ra.e|)$' }, (text) => ['a', 'a%b', 'straße'].includes(text)],
    [{ operator: 'RLIKE', value: '^[^a-z]{2,3}$' }, (text) => /^[^a-z]{2,3}$/u.test(text)],
    [{ operator: 'RLIKE', value: '' }, () => true],
  ];

for (const dialect of ['sqlite', 'postgres'] as const) {
  describe.skipIf(dialect === 'postgres' && missing !== undefined)(`on ${dialect}`, () => {
    let side: Side;
    beforeAll(async () => {
      side = dialect === 'sqlite' ? openSqliteSide() : await openPostgresSide();
    });

    test('compileFilter finds what the filter means', async () => {
      await fill(side, THINGS);
      for (const [text, holds] of FILTERS) {
        const filter = parseFilter(text, RUNS);
        if (filter === undefined) throw new Error(text);
        const condition = compileFilter(filter, (comparison) => conditionOf(comparison, side));
        const rows = await side.run(
          side.db.selectFrom('things').select('id').where(condition).orderBy('id').compile(),
        );
        expect([text, rows.map(({ id }) => id)]).toEqual([text, THINGS.filter(holds).map(({ id }) => id)]);
      }
    });

    test('textCondition reads lists and regular expressions alike', async () => {
      await fill(side, THINGS);
      for (const [condition, holds] of CONDITIONS) {
        const where = textCondition(sql.ref('text'), condition, side.dialect);
        const rows = await side.run(
          side.db.selectFrom('things').select('id').where(where).orderBy('id').compile(),
        );
        const expected = THINGS.filter(({ text }) => text !== null && holds(text)).map(({ id }) => id);
        expect([condition.value, rows.map(({ id }) => id)]).toEqual([condition.value, expected]);
      }
    });

    test('pages of any size give every row once, in the order of one page', { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(
          rowsArbitrary,
          ordersArbitrary,
          fc.integer({ min: 1, max: 7 }),
          async (rows, order, size) => {
            await fill(side, rows);
            const keys = [
              ...order.map(sortKey),
              sortKey({ column: 'id', descending: false, nulls: 'never' }),
            ];
            const all = await side.run(applyOrder(side.db.selectFrom('things').selectAll(), keys).compile());
            const paged = await readPages(side, keys, { size, query: { order } });
            expect(paged).toEqual(all.map(({ id }) => id));
            expect(new Set(paged).size).toBe(rows.length);
          },
        ),
        { numRuns: side.dialect === 'sqlite' ? 150 : 40 },
      );
    });
  });
}

function conditionOf({ type, operator, value }: Comparison, { dialect }: Side) {
  if (type === 'parameter') return textCondition(sql.ref('text'), { operator, value }, dialect);
  return numberCondition(sql.ref(type === 'metric' ? 'number' : 'big'), { operator, value });
}

const rowsArbitrary = fc
  .array(
    fc.record({
      text: fc.option(fc.constantFrom('', 'a', 'B', 'b', 'é', 'z\u{1F680}')),
      number: fc.option(
        fc.oneof(
          fc.constantFrom(0, -0, 0.1, 0.1 + 0.2, Infinity, -Infinity, 1e300, 5e-324),
          fc.double({ noNaN: true }),
        ),
      ),
      big: fc.integer({ min: -2, max: 2 }),
    }),
    { maxLength: 24 },
  )
  .map((rows) => rows.map((row, id): Row => ({ id, ...row })));

type Order = {
  readonly column: keyof Row;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | 'never';
};

const ordersArbitrary: fc.Arbitrary<readonly Order[]> = fc
  .subarray<keyof Row>(['text', 'number', 'big'])
  .chain((columns) => fc.tuple(...columns.map(orderArbitrary)));

function orderArbitrary(column: keyof Row): fc.Arbitrary<Order> {
  return fc.record({
    column: fc.constant(column),
    descending: fc.boolean(),
    nulls: column === 'big' ? fc.constant('never' as const) : fc.constantFrom('first', 'last'),
  });
}

function sortKey({ column, descending, nulls }: Order): SortKey {
  const key = {
    expression: sql.ref(column),
    holds: column === 'text' ? 'text' : 'number',
    descending,
  } as const;
  return nulls === 'never' ? key : { ...key, nulls };
}

async function readPages(
  side: Side,
  keys: readonly SortKey[],
  { size, query }: { size: number; query: unknown },
) {
  const ids: unknown[] = [];
  let token: string | undefined;
  for (;;) {
    let page = applyOrder(side.db.selectFrom('things').selectAll(), keys).limit(size);
    if (token !== undefined) page = page.where(after(keys, decodePageToken(token, query, keys)));
    const rows = await side.run(page.compile());
    ids.push(...rows.map(({ id }) => id));
    const last = rows.at(-1);
    if (last === undefined || ids.length > 100) return ids;
    token = encodePageToken(
      keys.map((key) => keyValue(last, key)),
      query,
    );
  }
}

/** PostgreSQL's driver gives bigint as text unless told otherwise. */
function keyValue(row: Record<string, unknown>, key: SortKey): PageValue {
  const column = ['id', 'text', 'number', 'big'].find((name) =>
    JSON.stringify(key.expression.toOperationNode()).includes(`"${name}"`),
  );
  const value = row[column ?? ''];
  if (value === null || (typeof value === 'string' && key.holds === 'text')) return value;
  return Number(value);
}
