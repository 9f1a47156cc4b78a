// All contenders by turns in one run, so that a noisy machine treats them alike: medians, ratios, equal tokens.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contender, lackOf, listContenders } from './contenders.ts';
import { modelPlace } from './make-model.ts';
import { agreementLines, quietLine, tableLines } from './report.ts';
import { measureBusy, runTurn, type Turn } from './run-turn.ts';
import { asShape, planWorkload, type Shape, type Workload } from './workload.ts';

const options = {
  dir: { type: 'string', default: join('.cache', 'bench-serving') },
  shapes: { type: 'string', default: 'smol135' },
  clients: { type: 'string', default: '1,4,16' },
  'new-tokens': { type: 'string', default: '64' },
  runs: { type: 'string', default: '3' },
  threads: { type: 'string', default: String(availableParallelism()) },
  python: { type: 'string', default: join('tools', 'peers', 'torch', '.venv', 'bin', 'python') },
  only: { type: 'string' },
  wait: { type: 'string', default: '60' },
  json: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options }).values;
}

/** A turn in which others took more of the machine than this is repeated, twice at most; the quietest counts. */
const quiet = 0.08;
const mostAttempts = 3;

/** Prints a table for each shape; `--json` writes every turn's times and tokens too. */
export async function compare(args: readonly string[]): Promise<void> {
  const values = parse(args);
  const records: unknown[] = [];
  for (const shape of values.shapes.split(',').map(asShape)) {
    const workload = readWorkload(shape, values);
    const results = await runAll(chooseContenders(shape, values), workload, values);
    for (const line of [...tableLines(workload, results), ...agreementLines(results), quietLine(results), ''])
      console.log(line);
    const turns = Object.fromEntries([...results].map(([{ name }, all]) => [name, all]));
    records.push({ node: process.version, workload, turns });
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(records)}\n`);
  }
}

async function runAll(
  contenders: readonly Contender[],
  workload: Workload,
  { runs, wait }: Values,
): Promise<Map<Contender, Turn[]>> {
  const results = new Map<Contender, Turn[]>(contenders.map((contender) => [contender, []]));
  const temporary = mkdtempSync(join(tmpdir(), 'hone-bench-'));
  const file = join(temporary, 'workload.json');
  writeFileSync(file, JSON.stringify(workload));
  try {
    for (let run = 1; run <= Number(runs); run++) {
      for (const [contender, turns] of results) {
        console.error(`turn ${run} of ${runs}: ${contender.label}`);
        turns.push(await quietTurn(contender, file, Number(wait)));
      }
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return results;
}

async function quietTurn(contender: Contender, file: string, wait: number): Promise<Turn> {
  const turns: Turn[] = [];
  const attempts = wait === 0 ? 1 : mostAttempts;
  while (turns.length < attempts && !turns.some(({ disturbance }) => disturbance < quiet)) {
    for (let waited = 0; waited < wait && (await measureBusy()) > quiet; ) waited++;
    turns.push(await runTurn(contender, file));
  }
  return turns.reduce((best, turn) => (turn.disturbance < best.disturbance ? turn : best));
}

function readWorkload(shape: Shape, values: Values): Workload {
  const prompts: number[][] = JSON.parse(readFileSync(modelPlace(values.dir, shape).prompts, 'utf8'));
  const numbers = (text: string) => text.split(',').map(Number);
  const [clients, newTokens] = [numbers(values.clients), numbers(values['new-tokens'])];
  return planWorkload(prompts, { shape, clients, newTokens, threads: Number(values.threads) });
}

function chooseContenders(shape: Shape, { dir, python, only }: Values): readonly Contender[] {
  const all = listContenders(dir, shape, { python });
  const names = only?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.find((name) => !all.some((each) => each.name === name));
  if (unknown !== undefined)
    throw new Error(`Cannot measure '${unknown}'; known: ${all.map(({ name }) => name).join(', ')}`);
  return all.filter((contender) => {
    const lack = lackOf(contender);
    if (names.includes(contender.name) && lack !== undefined)
      console.log(`Without ${contender.label}: '${lack}' is not there; see tools/bench/serving/README.md`);
    return names.includes(contender.name) && lack === undefined;
  });
}
