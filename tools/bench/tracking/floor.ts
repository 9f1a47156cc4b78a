// What the client alone costs, against a server that does nothing: no number of a real server can be below it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpRequest } from './http-client.ts';
import { startServer } from './server-process.ts';
import { idleServer } from './servers.ts';
import { median, percentile } from './statistics.ts';
import { TrackingClient } from './tracking-client.ts';
import { ARTIFACT_BYTES } from './turn/measure-artifacts.ts';
import { sustain } from './turn/measure-clients.ts';
import { metricRows } from './turn/measure-logging.ts';
import { repeat } from './turn/repeat.ts';

/** Milliseconds, but for `clientsRate`: requests a second of eight clients. */
export type Floor = {
  readonly requestP50: number;
  readonly requestP95: number;
  readonly batch1000: number;
  readonly read2Mb: number;
  readonly put50Mb: number;
  readonly get50Mb: number;
  readonly clientsRate: number;
};

export async function measureFloor(): Promise<Floor> {
  const temporary = mkdtempSync(join(tmpdir(), 'hone-bench-'));
  const server = await startServer(idleServer, join(temporary, 'floor'));
  const client = new TrackingClient(server.url);
  const metric = { key: 'loss', value: 0.5, timestamp: Date.now(), step: 1 };
  const metrics = metricRows({ keys: 10, steps: 100, firstStep: 0 });
  const ten = metrics.slice(0, 10);
  const timeOf = async (call: HttpRequest) =>
    median(await repeat({ times: 5, warmUp: 2 }, () => client.http.send(call)));
  try {
    const single = await repeat({ times: 2000, warmUp: 1000 }, () => client.logMetric('run', metric));
    return {
      requestP50: median(single),
      requestP95: percentile(single, 0.95),
      batch1000: median(await repeat({ times: 50, warmUp: 20 }, () => client.logBatch('run', { metrics }))),
      read2Mb: await timeOf({ method: 'GET', path: '/bytes/2000000' }),
      put50Mb: await timeOf({ method: 'PUT', path: '/file', body: Buffer.alloc(ARTIFACT_BYTES) }),
      get50Mb: await timeOf({ method: 'GET', path: `/bytes/${ARTIFACT_BYTES}` }),
      clientsRate: await rateOfEight(() => client.logBatch('run', { metrics: ten })),
    };
  } finally {
    client.close();
    await server.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function rateOfEight(call: () => Promise<{ readonly milliseconds: number }>): Promise<number> {
  const { rate } = await sustain(Array.from({ length: 8 }, () => call));
  return rate;
}
