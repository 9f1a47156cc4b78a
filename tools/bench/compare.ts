// Hone and PyTorch by turns in one run, so that a noisy machine treats both alike: medians and ratios.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

type Line = { readonly step_ms: number; readonly peak_rss_mb: number; readonly loss_first: number };

const root = join(import.meta.dirname, '..', '..');
const { env } = process;

const options = {
  python: {
    type: 'string',
    default: env.HONE_PEER_PYTHON ?? join(root, 'tools', 'peers', '.venv', 'bin', 'python'),
  },
  peer: {
    type: 'string',
    default: env.HONE_PEER_STEP ?? join(root, '..', 'shared', 'bench', 'torch_step.py'),
  },
  shapes: { type: 'string', default: 'small' },
  objectives: { type: 'string', default: 'sft,dpo' },
  adapters: { type: 'string', default: 'none' },
  runs: { type: 'string', default: '3' },
  steps: { type: 'string', default: '20' },
} as const;

/** Prints a table: milliseconds a step, ratio, peak memory of each configuration. */
export function compare(args: readonly string[]): void {
  const { values } = parseArgs({ args: [...args], options });
  const hasPeer = existsSync(values.python) && existsSync(values.peer);
  if (!hasPeer) {
    console.log(
      `Without PyTorch: '${values.python}' or '${values.peer}' is not there (--python, --peer); Hone alone.`,
    );
  }
  console.log('shape    objective adapter   hone ms   torch ms   ratio   hone MB  torch MB');
  for (const shape of values.shapes.split(',')) {
    for (const objective of values.objectives.split(',')) {
      for (const adapter of values.adapters.split(',')) {
        const work = [
          '--shape',
          shape,
          '--objective',
          objective,
          '--adapter',
          adapter,
          '--steps',
          values.steps,
        ];
        const ours: Line[] = [];
        const theirs: Line[] = [];
        for (let run = 0; run < Number(values.runs); run++) {
          ours.push(measure(process.execPath, [join(import.meta.dirname, 'main.ts'), 'step', ...work]));
          if (hasPeer) theirs.push(measure(values.python, [values.peer, ...work]));
        }
        printRow([shape, objective, adapter], ours, theirs);
      }
    }
  }
}

function measure(program: string, args: readonly string[]): Line {
  const output = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output.trim().split('\n').at(-1) as string) as Line;
}

function printRow(
  names: readonly [string, string, string],
  ours: readonly Line[],
  theirs: readonly Line[],
): void {
  const [shape, objective, adapter] = names;
  const hone = median(ours.map(({ step_ms }) => step_ms));
  const torch = median(theirs.map(({ step_ms }) => step_ms));
  const memory = (lines: readonly Line[]) => median(lines.map(({ peak_rss_mb }) => peak_rss_mb));
  const cell = (value: number | undefined, width: number, digits: number) =>
    (value === undefined ? '-' : value.toFixed(digits)).padStart(width);
  console.log(
    shape.padEnd(9) +
      objective.padEnd(10) +
      adapter.padEnd(7) +
      cell(hone, 10, 1) +
      cell(torch, 11, 1) +
      cell(hone === undefined || torch === undefined ? undefined : torch / hone, 8, 2) +
      cell(memory(ours), 10, 0) +
      cell(memory(theirs), 10, 0),
  );
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
