// Replays golden flows from the command line: `node src/testing/mlflow-replay/main.ts --help`.
import { parseArgs } from 'node:util';
import {
  flowNames,
  formatOutcome,
  formatSummary,
  loadFlow,
  type Outcome,
  replayFlow,
  startCommand,
} from './index.ts';

const usage = `Usage: node src/testing/mlflow-replay/main.ts (--server COMMAND | --url URL) [--limit N] [flow ...]
  --server COMMAND  started anew for each flow; {port} and {dir} become a free port and an empty folder
  --url URL         a server that runs already and is empty; one flow only
  --limit N         exchanges with differences to show per flow (20)
Flows: ${flowNames().join(', ')}`;

const { values, positionals } = parseArgs({
  options: {
    server: { type: 'string' },
    url: { type: 'string' },
    limit: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const names = positionals.length > 0 ? positionals : flowNames();
if (values.help || (values.server === undefined) === (values.url === undefined)) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else if (values.url !== undefined && names.length !== 1) {
  console.error('Name one flow with --url: every flow begins on an empty server');
  process.exitCode = 2;
} else {
  const outcomes = await replayAll(names);
  console.log(`\n${formatSummary(outcomes)}`);
  process.exitCode = outcomes.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

async function replayAll(flows: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const name of flows) {
    const outcome = await replayOne(name);
    console.log(formatOutcome(outcome, { limit: Number(values.limit) }));
    outcomes.push(outcome);
  }
  return outcomes;
}

async function replayOne(name: string): Promise<Outcome> {
  if (values.url !== undefined) return replayFlow(loadFlow(name), values.url);
  const server = await startCommand(values.server ?? '');
  try {
    return await replayFlow(loadFlow(name), server.url);
  } finally {
    await server.stop();
  }
}
