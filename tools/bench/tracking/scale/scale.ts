// A store grown large: fills it (or takes a kept one), starts the server over it and measures.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { number } from '../report.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { honeServer, mlflowServer, type ServerKind } from '../servers.ts';
import { type Filled, fillOverHttp } from './fill.ts';
import { measureScale, type ScaleReading } from './measure-scale.ts';
import { type Plan, plannedPoints } from './plan.ts';
import { storeBytes } from './store-size.ts';

const options = {
  runs: { type: 'string', default: '100000' },
  points: { type: 'string', default: '50000000' },
  database: { type: 'string' },
  keep: { type: 'string' },
  mlflow: { type: 'string' },
  json: { type: 'string' },
} as const;

const filledFile = z.object({
  plan: z.object({ runs: z.number(), points: z.number() }),
  server: z.string(),
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
  const { database, mlflow } = values;
  const kind = mlflow === undefined ? honeServer({ ...(database && { database }) }) : mlflowServer(mlflow);
  const folder = resolve(values.keep ?? mkdtempSync(join(tmpdir(), 'hone-scale-')));
  const directory = join(folder, 'data');
  try {
    const filled = await filledStore(plan, { kind, folder, directory });
    const bytes = await storeBytes(directory, database);
    console.log(
      `Filled over HTTP by log-batch in ${number(filled.seconds)} s: ${number(filled.rowsPerSecond)} points a second.`,
    );
    console.log(
      `${number(plan.runs)} runs, ${number(plannedPoints(plan))} points: ${number(bytes / 1e6)} MB, ${number(bytes / plannedPoints(plan))} bytes a point.`,
    );
    const result = await measure(kind, { filled, directory });
    for (const line of lines(result)) console.log(line);
    if (values.json === undefined) return;
    const content = { node: process.version, server: kind.name, ...filled, bytes, ...result };
    writeFileSync(values.json, `${JSON.stringify(content, undefined, 2)}\n`);
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

type Place = { readonly kind: ServerKind; readonly folder: string; readonly directory: string };

/** Fills the directory unless it was filled before by the same plan. */
async function filledStore(plan: Plan, { kind, folder, directory }: Place): Promise<Filled> {
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
  const server = await startServer(kind, directory);
  try {
    const filled = await fillOverHttp(plan, server.url);
    writeFileSync(note, JSON.stringify({ ...filled, server: kind.name }));
    return filled;
  } finally {
    await server.stop();
  }
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
