// Hone and MLflow by turns in one run, so that a noisy machine treats both alike: medians, ratios and targets.
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureFloor } from './floor.ts';
import type { Readings } from './measures.ts';
import { floorLines, tableLines } from './report.ts';
import { honeServer, mlflowServer, type ServerKind } from './servers.ts';
import { runTurn } from './turn/run-turn.ts';

const options = {
  runs: { type: 'string', default: '3' },
  mlflow: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'string' },
} as const;

/** Prints the client's floor and a table; `--json` writes every turn's values too. */
export async function compare(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const servers = chooseServers(values);
  const floor = await measureFloor();
  for (const line of floorLines(floor)) console.log(line);
  const turns = new Map<string, Readings[]>(servers.map(({ name }) => [name, []]));
  for (let turn = 1; turn <= Number(values.runs); turn++) {
    for (const server of servers) {
      console.error(`turn ${turn} of ${values.runs}: ${server.name}`);
      turns.get(server.name)?.push(await runTurn(server));
    }
  }
  const hone = turns.get('Hone') ?? [];
  const mlflow = turns.get('MLflow') ?? [];
  for (const line of tableLines({ hone, mlflow })) console.log(line);
  if (values.json === undefined) return;
  writeFileSync(
    values.json,
    `${JSON.stringify({ node: process.version, floor, hone, mlflow }, undefined, 2)}\n`,
  );
}

function chooseServers(values: { readonly mlflow?: string; readonly only?: string }): readonly ServerKind[] {
  const { mlflow, only } = values;
  if (mlflow !== undefined && !existsSync(mlflow)) {
    throw new Error(`Cannot find MLflow's program at '${mlflow}'; give its path with --mlflow`);
  }
  if (mlflow === undefined) console.log('Without MLflow: give the path of its program with --mlflow PATH.');
  const known = [honeServer(), ...(mlflow === undefined ? [] : [mlflowServer(mlflow)])];
  const chosen = known.filter(({ name }) => only === undefined || name.toLowerCase() === only.toLowerCase());
  if (chosen.length > 0) return chosen;
  throw new Error(`Cannot measure only '${only}'; known: ${known.map(({ name }) => name).join(', ')}`);
}
