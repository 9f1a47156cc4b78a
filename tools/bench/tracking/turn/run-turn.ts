// One turn: a fresh server, all measures in a fixed order, the server ended again.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readings } from '../measures.ts';
import { startServer } from '../server-process.ts';
import type { ServerKind } from '../servers.ts';
import { TrackingClient } from '../tracking-client.ts';
import { measureArtifacts } from './measure-artifacts.ts';
import { measureClients } from './measure-clients.ts';
import { measureHistory } from './measure-history.ts';
import { measureLogging } from './measure-logging.ts';
import { measureSearch } from './measure-search.ts';

/** Uses a temporary directory of its own, removed at the end. */
export async function runTurn(kind: ServerKind): Promise<Readings> {
  const temporary = mkdtempSync(join(tmpdir(), 'hone-bench-'));
  const directory = join(temporary, 'data');
  mkdirSync(directory);
  try {
    const loaded = await underLoad(kind, directory);
    const again = await startServer(kind, directory);
    await again.stop();
    return { ...loaded, restart: again.coldStart };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function underLoad(kind: ServerKind, directory: string): Promise<Readings> {
  const server = await startServer(kind, directory);
  const client = new TrackingClient(server.url);
  try {
    const atStart = server.memory();
    const readings = {
      ...(await measureLogging(client)),
      ...(await measureHistory(client)),
      ...(await measureSearch(client)),
      ...(await measureClients(client)),
    };
    const loaded = server.memory();
    const artifacts = await measureArtifacts(client);
    const atEnd = server.memory();
    return {
      coldStart: server.coldStart,
      ...readings,
      ...artifacts,
      ...(atStart && { residentStart: atStart.residentMb }),
      ...(loaded && { residentLoad: loaded.residentMb, proportionalLoad: loaded.proportionalMb }),
      ...(atEnd && { residentArtifacts: atEnd.residentMb }),
    };
  } finally {
    client.close();
    await server.stop();
  }
}
