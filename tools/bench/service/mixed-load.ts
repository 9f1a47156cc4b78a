// The whole service under load of every kind at once, in a process of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { Random } from '../../../src/core/index.ts';
import { writeTinyChatModel } from '../../../src/testing/index.ts';
import { ROOT } from '../../run-command.ts';
import { startServer } from '../tracking/server-process.ts';
import { chat } from './chats.ts';
import { type LoadContext, repeat, type Work } from './load.ts';
import { type MemoryGrowth, MemorySampler } from './memory.ts';
import { type Fault, Readings, type Times } from './readings.ts';
import { exchangeFile, look, track } from './records.ts';
import { tune } from './tuning.ts';

export type MixedLoadOptions = {
  readonly minutes: number;
  readonly streams: number;
  readonly seed: number;
  /** A directory; a small model of random weights unless given. */
  readonly model?: string | undefined;
  readonly database?: string | undefined;
  readonly onProgress: (line: string) => void;
};

export type MixedLoadResult = {
  readonly seconds: number;
  readonly streams: number;
  readonly times: Readonly<Record<string, Times>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
  /** Of the server's own process, jobs apart. */
  readonly memory: MemoryGrowth;
  /** What the server's log calls errors. */
  readonly logged: readonly string[];
};

const sizes = 'hiddenSize=128,layers=4,heads=4,keyValueHeads=2,maxPositions=1024';

export async function mixedLoad(options: MixedLoadOptions): Promise<MixedLoadResult> {
  const { minutes, streams, seed, database, onProgress } = options;
  const directory = mkdtempSync(join(tmpdir(), 'hone-mixed-'));
  try {
    const model = options.model ?? join(directory, 'small');
    if (options.model === undefined) await writeTinyChatModel(model, seed, { sizes });
    const server = await startServer(serverOf(model, database), join(directory, 'data'));
    const memory = new MemorySampler(server.pid);
    const over = AbortSignal.timeout(minutes * 60_000);
    const readings = new Readings();
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const common = { client, url: server.url, readings, over, tuned: [] };
    const telling = setInterval(() => onProgress(progressLine(memory, readings)), 15_000);
    const start = performance.now();
    await Promise.all(
      loadsOf(streams).map(([kind, work], i) => begin([kind, work], common, new Random(seed, i))),
    );
    const seconds = (performance.now() - start) / 1000;
    clearInterval(telling);
    // Caches fill meanwhile, of prompts above all
    const grown = memory.stop(Math.min(180, seconds / 3));
    await server.stop();
    const { times, counts, faults } = readings;
    const logged = errorsIn(join(directory, 'data.log'));
    return { seconds, streams, times, counts, faults, memory: grown, logged };
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function serverOf(model: string, database: string | undefined) {
  return {
    name: 'Hone',
    command: ({ port, directory }: { readonly port: number; readonly directory: string }) =>
      [
        process.execPath,
        join(ROOT, 'bin', 'hone.js'),
        ...['server', '--port', `${port}`, '--data', directory, '--log-level', 'warn'],
        ...['--model', `small=${model}`],
        ...(database === undefined ? [] : ['--database', database]),
      ] as const,
    environment: {},
  };
}

function loadsOf(streams: number): readonly (readonly [string, Work])[] {
  return [
    ['job', tune],
    ...Array.from({ length: streams }, () => ['chat', chat] as const),
    ...Array.from({ length: 4 }, () => ['tracking', track] as const),
    ...Array.from({ length: 2 }, () => ['files', exchangeFile] as const),
    ['lists', look],
  ];
}

async function begin(
  [kind, work]: readonly [string, Work],
  common: Omit<LoadContext, 'random'>,
  random: Random,
): Promise<void> {
  // Not all at the same moment
  await sleep(random.uniform() * 500);
  await repeat(kind, { ...common, random }, work);
}

function progressLine(memory: MemorySampler, { times, counts, faults }: Readings): string {
  const wrong = faults.reduce((sum, { count }) => sum + count, 0);
  return `${times['chat: whole stream']?.count ?? 0} streams, ${counts['jobs that ended well'] ?? 0} jobs, ${memory.mb.toFixed(0)} MB, ${wrong} errors`;
}

/** The messages of the server's own log from level error on; pino counts that as 50. */
function errorsIn(log: string): readonly string[] {
  const lines = readFileSync(log, 'utf8').split('\n');
  return lines.flatMap((line) => {
    if (!line.startsWith('{')) return line === '' || line.startsWith('Hone serves') ? [] : [line];
    const { level, msg, error }: { level: number; msg: string; error?: string } = JSON.parse(line);
    return level >= 50 ? [`${msg}: ${error ?? ''}`] : [];
  });
}
