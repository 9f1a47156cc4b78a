// Where the planned runs go: over HTTP to a server, or straight through the library into its database.
import { migrate, openDatabase } from '../../../../src/store/index.ts';
import { loggedModelsMigration, openTracking, trackingMigration } from '../../../../src/tracking/index.ts';
import { type Batch, TrackingClient } from '../tracking-client.ts';
import type { PlannedRun } from './plan.ts';

export interface Sink {
  /** Calls under way at once that fill fastest. */
  readonly width: number;
  /** Resolves to the experiment's id. */
  createExperiment(name: string): Promise<string>;
  /** Resolves to the run's id. */
  createRun(experiment: string, run: Omit<PlannedRun, 'params'>): Promise<string>;
  logBatch(run: string, batch: Batch): Promise<void>;
  close(): Promise<void>;
}

export function httpSink(url: string): Sink {
  const client = new TrackingClient(url);
  return {
    width: 4,
    createExperiment: (name) => client.createExperiment(name),
    createRun: async (experiment, run) => (await client.createRun(experiment, run)).value.id,
    logBatch: async (run, batch) => void (await client.logBatch(run, batch)),
    close: async () => client.close(),
  };
}

/** The same calls as the server makes, with the same checks, in this process. */
export async function librarySink(database: string): Promise<Sink> {
  const opened = await openDatabase(database);
  await migrate(opened, [trackingMigration, loggedModelsMigration]);
  const { experiments, runs, log } = await openTracking(opened, {
    artifactLocationOf: (id) => `mlflow-artifacts:/${id}`,
  });
  return {
    width: 16,
    createExperiment: (name) => experiments.create({ name }),
    createRun: async (experimentId, run) => (await runs.create({ experimentId, ...run })).info.runId,
    logBatch: (run, batch) => log.batch(run, batch),
    close: () => opened.close(),
  };
}
