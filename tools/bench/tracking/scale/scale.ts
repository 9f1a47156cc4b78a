// A store grown large: fills it (or takes a kept one), starts the server over it and measures.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { number } from '../report.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { honeServer, mlflowServer, type ServerKind } from '../servers.ts';
import { type Filled, fill } from './fill.ts';
import { measureScale, type ScaleReading } from './measure-scale.ts';
import { type Plan, plannedPoints } from './plan.ts';
import { httpSink, librarySink } from './sinks.ts';
import { storeBytes } from './store-size.ts';

const options = {
  runs: { type: 'string', default: '100000' },
  points: { type: 'string', default: '50000000' },
  database: { type: 'string' },
  fill: { type: 'string' },
  keep: { type: 'string' },
  mlflow: { type: 'string' },
  json: { type: 'string' },
} as const;

const filledFile = z.object({
  plan: z.object({ runs: z.number(), points: z.number() }),
  server: z.string(),
  way: z.enum(['http', 'library']),
  experiment: z.string(),
  middleRun: z.string(),
  longRun: z.string(),
  seconds: z.number(),
  rowsPerSecond: z.number(),
});

/** Prints how the store was filled, its size, and the times of each call. */
export async function scale(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const plan = { runs: Number(values.runs), points: Number(values.points) };
  const folder = resolve(values.keep ?? mkdtempSync(join(tmpdir(), 'hone-scale-')));
  const directory = join(folder, 'data');
  const database = values.database ?? `sqlite:${join(directory, 'scale.db')}`;
  const kind = values.mlflow === undefined ? honeServer({ database }) : mlflowServer(values.mlflow);
  const way = wayOf(values.fill, kind);
  try {
    const filled = await filledStore(plan, { kind, folder, directory, database, way });
    const bytes = await storeBytes(directory, database);
    for (const line of fillLines(filled, bytes)) console.log(line);
    const result = await measure(kind, { filled, directory });
    for (const line of lines(result)) console.log(line);
    if (values.json === undefined) return;
    const content = { node: process.version, server: kind.name, ...filled, bytes, ...result };
    writeFileSync(values.json, `${JSON.stringify(content, undefined, 2)}\n`);
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

type Way = 'http' | 'library';
type StoredFill = Filled & { readonly way: Way };
type Place = {
  readonly kind: ServerKind;
  readonly folder: string;
  readonly directory: string;
  readonly database: string;
  readonly way: Way;
};

/** The library unless told otherwise: it makes the same rows with the same checks, without HTTP between. */
function wayOf(given: string | undefined, kind: ServerKind): Way {
  const name = given ?? (kind.name === 'Hone' ? 'library' : 'http');
  if (name === 'http' || (name === 'library' && kind.name === 'Hone')) return name;
  throw new Error(`Cannot fill ${kind.name} by '${name}'; known: http, and library for Hone`);
}

/** Fills the directory unless it was filled before by the same plan. */
async function filledStore(plan: Plan, place: Place): Promise<StoredFill> {
  const { kind, folder, directory, way } = place;
  const note = join(folder, 'filled.json');
  if (existsSync(note)) {
    const filled = filledFile.parse(JSON.parse(readFileSync(note, 'utf8')));
    if (filled.server === kind.name && filled.plan.runs === plan.runs && filled.plan.points === plan.points) {
      return filled;
    }
    throw new Error(
      `Cannot use '${folder}': ${filled.server} filled it by another plan; name another --keep`,
    );
  }
  if (existsSync(directory)) {
    throw new Error(`Cannot use '${folder}': an earlier fill did not end; delete it or name another --keep`);
  }
  mkdirSync(directory, { recursive: true });
  const filled = {
    ...(await (way === 'http' ? fillByServer(plan, place) : fillByLibrary(plan, place))),
    way,
  };
  writeFileSync(note, JSON.stringify({ ...filled, server: kind.name }));
  return filled;
}

async function fillByServer(plan: Plan, { kind, directory }: Place): Promise<Filled> {
  const server = await startServer(kind, directory);
  const sink = httpSink(server.url);
  try {
    return await fill(plan, sink);
  } finally {
    await sink.close();
    await server.stop();
  }
}

async function fillByLibrary(plan: Plan, { database }: Place): Promise<Filled> {
  const sink = await librarySink(database);
  try {
    return await fill(plan, sink);
  } finally {
    await sink.close();
  }
}

function fillLines({ plan, way, seconds, rowsPerSecond }: StoredFill, bytes: number): readonly string[] {
  const points = plannedPoints(plan);
  const ways = { http: 'over HTTP (log-batch)', library: 'in process, through the library' };
  return [
    `Filled ${ways[way]} in ${number(seconds)} s: ${number(rowsPerSecond)} points a second.`,
    `${number(plan.runs)} runs, ${number(points)} points: ${number(bytes / 1e6)} MB, ${number(bytes / points)} bytes a point.`,
  ];
}

type Result = {
  readonly coldStart: number;
  readonly memoryStart: number | undefined;
  readonly memoryEnd: number | undefined;
  readonly readings: readonly ScaleReading[];
};

async function measure(
  kind: ServerKind,
  { filled, directory }: { readonly filled: Filled; readonly directory: string },
): Promise<Result> {
  const server: ServerProcess = await startServer(kind, directory);
  try {
    const memoryStart = server.memory()?.residentMb;
    const readings = await measureScale(server.url, { filled, or: kind.name === 'Hone' });
    return { coldStart: server.coldStart, memoryStart, memoryEnd: server.memory()?.residentMb, readings };
  } finally {
    await server.stop();
  }
}

function lines({ coldStart, memoryStart, memoryEnd, readings }: Result): readonly string[] {
  const megabytes = (value: number | undefined) => (value === undefined ? '-' : `${number(value)} MB`);
  return [
    `Started on it in ${number(coldStart)} s; resident memory ${megabytes(memoryStart)}, at the end ${megabytes(memoryEnd)}.`,
    '',
    `${'by one client, first 100 runs of each search'.padEnd(52)}${'p50 ms'.padStart(10)}${'p95 ms'.padStart(10)}${'target'.padStart(10)}`,
    ...readings.map(({ label, p50, p95, target }) =>
      [
        label.padEnd(52),
        number(p50).padStart(10),
        number(p95).padStart(10),
        (target === undefined ? '' : `< ${target}`).padStart(10),
        target !== undefined && p95 > target ? '  misses' : '',
      ]
        .join('')
        .trimEnd(),
    ),
  ];
}
