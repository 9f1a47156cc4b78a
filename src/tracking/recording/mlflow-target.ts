// Records runs on an MLflow server, Hone's or another, over HTTP.
import { z } from 'zod';
import { ConflictError, InputError, NotFoundError, ResourceError, StateError } from '../../core/index.ts';
import { artifactPath } from '../../store/index.ts';
import type { Metric } from '../entities.ts';
import type { DatasetInput } from '../inputs/index.ts';
import type { Batch } from '../run-log.ts';
import { MlflowClient, type MlflowClientOptions } from './mlflow-client.ts';
import { type RecordedRun, type RecordedStatus, type RunTarget, runKeyTag } from './run-target.ts';
import { splitBatch } from './split-batch.ts';

/**
 * A target on a server. Credentials come from the environment.
 * @throws InputError for an address that is none or holds credentials
 */
export function mlflowTarget(url: string, options: MlflowClientOptions = {}): RunTarget {
  return new MlflowTarget(new MlflowClient(url, options));
}

const experimentAnswer = z.object({
  experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string().optional() }),
});
const createdAnswer = z.object({ experiment_id: z.string() });
const runSchema = z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) });
const runAnswer = z.object({ run: runSchema });
const searchAnswer = z.object({ runs: z.array(runSchema).default([]) });

class MlflowTarget implements RunTarget {
  readonly #client: MlflowClient;
  readonly #artifactUris = new Map<string, string>();

  constructor(client: MlflowClient) {
    this.#client = client;
  }

  get description(): string {
    return this.#client.description;
  }

  async ensureExperiment(name: string): Promise<string> {
    try {
      const answer = await this.#client.get('experiments/get-by-name', { experiment_name: name });
      const { experiment } = read(experimentAnswer, answer);
      if (experiment.lifecycle_stage !== 'deleted') return experiment.experiment_id;
    } catch (error) {
      if (error instanceof NotFoundError) return this.#createExperiment(name);
      throw error;
    }
    throw new StateError(
      `Cannot record in experiment '${name}' of ${this.description}: it is deleted; restore it or choose another by tracking.experiment`,
    );
  }

  async #createExperiment(name: string): Promise<string> {
    try {
      return read(createdAnswer, await this.#client.post('experiments/create', { name })).experiment_id;
    } catch (error) {
      // Another process came first
      if (error instanceof ConflictError) return this.ensureExperiment(name);
      throw error;
    }
  }

  async createRun({ key, experimentId, name, userId, startTime, tags }: RecordedRun): Promise<string> {
    const search = {
      experiment_ids: [experimentId],
      filter: `tags."${runKeyTag}" = '${key}'`,
      max_results: 1,
    };
    // An earlier request may have made the run though its answer never came
    const [known] = read(searchAnswer, await this.#client.post('runs/search', search)).runs;
    const run =
      known ??
      read(
        runAnswer,
        await this.#client.post('runs/create', {
          experiment_id: experimentId,
          run_name: name,
          user_id: userId,
          start_time: startTime,
          tags: [...tags, { key: runKeyTag, value: key }],
        }),
      ).run;
    this.#artifactUris.set(run.info.run_id, run.info.artifact_uri);
    return run.info.run_id;
  }

  async logBatch(runId: string, batch: Batch): Promise<void> {
    for (const { metrics = [], params = [], tags = [] } of splitBatch(batch))
      await this.#client.post('runs/log-batch', {
        run_id: runId,
        metrics: metrics.map(metricJson),
        params,
        tags,
      });
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    const inputs = datasets.map(({ tags, dataset: { sourceType, ...dataset } }) => ({
      tags,
      dataset: { ...dataset, source_type: sourceType },
    }));
    await this.#client.post('runs/log-inputs', { run_id: runId, datasets: inputs });
  }

  async update(runId: string, { status, endTime }: RecordedStatus): Promise<void> {
    const end = endTime === undefined ? {} : { end_time: endTime };
    await this.#client.post('runs/update', { run_id: runId, status, ...end });
  }

  async uploadArtifact(
    runId: string,
    { path, file }: { readonly path: string; readonly file: string },
    onBytes?: (bytes: number) => void,
  ): Promise<void> {
    const root = this.#proxiedPath(await this.#artifactUri(runId));
    await this.#client.putArtifact(artifactPath(`${root}/${path}`), file, onBytes);
  }

  async #artifactUri(runId: string): Promise<string> {
    const known = this.#artifactUris.get(runId);
    if (known !== undefined) return known;
    const { run } = read(runAnswer, await this.#client.get('runs/get', { run_id: runId }));
    this.#artifactUris.set(runId, run.info.artifact_uri);
    return run.info.artifact_uri;
  }

  /** The path of a run's artifacts below those that the server hands on. */
  #proxiedPath(uri: string): string {
    const [, host = '', path] = /^mlflow-artifacts:(?:\/\/([^/]*))?\/*(.+)$/.exec(uri) ?? [];
    // Credentials are for the tracking server alone
    if (path !== undefined && (host === '' || host === this.#client.url.host)) return path;
    throw new InputError(
      `Cannot send artifacts: ${this.description} keeps those of this run at '${uri}', which only its own clients reach; ` +
        'use an experiment whose artifact location is mlflow-artifacts:, or set tracking.artifacts=none',
    );
  }

  async close(): Promise<void> {
    this.#client.close();
  }
}

/** JSON has no word for these numbers; protobuf's JSON has. */
function metricJson({ value, ...metric }: Metric) {
  return { ...metric, value: Number.isFinite(value) ? value : String(value) };
}

function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new ResourceError(
    `Cannot read the answer of the tracking server: it lacks ${result.error.issues[0]?.path.join('.')}; check tracking.uri`,
  );
}
