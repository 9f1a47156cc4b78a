// The calls of MLflow's HTTP that the bench makes, each with its time; an answer that is not right stops the bench.
import { z } from 'zod';
import { type HttpAnswer, HttpClient } from './http-client.ts';

export type Metric = {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
};
export type Pair = { readonly key: string; readonly value: string };

export type Batch = {
  readonly metrics?: readonly Metric[];
  readonly params?: readonly Pair[];
  readonly tags?: readonly Pair[];
};

export type Search = {
  readonly experiment_ids: readonly string[];
  readonly filter?: string;
  readonly order_by?: readonly string[];
  readonly max_results: number;
  readonly page_token?: string;
};

/** `milliseconds` leave out what the client does before sending and after receiving (JSON). */
export type Timed<T> = { readonly milliseconds: number; readonly bytes: number; readonly value: T };
export type Page = { readonly count: number; readonly next: string | undefined };
export type CreatedRun = { readonly id: string; readonly artifactUri: string };

const experimentAnswer = z.object({ experiment_id: z.string() });
const runAnswer = z.object({
  run: z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) }),
});
const searchAnswer = z.object({
  runs: z.array(z.unknown()).default([]),
  next_page_token: z.string().optional(),
});
const historyAnswer = z.object({
  metrics: z.array(z.unknown()).default([]),
  next_page_token: z.string().optional(),
});

const API = '/api/2.0/mlflow';

/** The largest page that `metrics/get-history` gives. */
const HISTORY_PAGE = 25_000;

export class TrackingClient {
  readonly http: HttpClient;

  constructor(url: string) {
    this.http = new HttpClient(url);
  }

  async createExperiment(name: string): Promise<string> {
    const { value } = await this.#post('experiments/create', { name }, experimentAnswer);
    return value.experiment_id;
  }

  /** As the Python client's `start_run`, with the tags that it sends. */
  async createRun(
    experimentId: string,
    options: { readonly name?: string; readonly startTime?: number; readonly tags?: readonly Pair[] } = {},
  ): Promise<Timed<CreatedRun>> {
    const { name = 'bench', startTime = Date.now(), tags = [] } = options;
    const answer = await this.#post(
      'runs/create',
      {
        experiment_id: experimentId,
        user_id: 'bench',
        run_name: name,
        start_time: startTime,
        tags: [
          { key: 'mlflow.user', value: 'bench' },
          { key: 'mlflow.source.name', value: 'train.py' },
          { key: 'mlflow.source.type', value: 'LOCAL' },
          { key: 'mlflow.runName', value: name },
          ...tags,
        ],
      },
      runAnswer,
    );
    const { run_id, artifact_uri } = answer.value.run.info;
    return { ...answer, value: { id: run_id, artifactUri: artifact_uri } };
  }

  logMetric(runId: string, metric: Metric): Promise<Timed<unknown>> {
    return this.#post('runs/log-metric', { run_uuid: runId, run_id: runId, ...metric }, z.object());
  }

  logParam(runId: string, param: Pair): Promise<Timed<unknown>> {
    return this.#post('runs/log-parameter', { run_uuid: runId, run_id: runId, ...param }, z.object());
  }

  logBatch(runId: string, batch: Batch): Promise<Timed<unknown>> {
    return this.#post('runs/log-batch', { run_id: runId, ...batch }, z.object());
  }

  async searchRuns(search: Search): Promise<Timed<Page>> {
    const { value, ...time } = await this.#post('runs/search', search, searchAnswer);
    return { ...time, value: { count: value.runs.length, next: value.next_page_token || undefined } };
  }

  /** The whole history, page by page as the Python client does; the value is the number of points. */
  async metricHistory(runId: string, key: string): Promise<Timed<number>> {
    let [milliseconds, bytes, value] = [0, 0, 0];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({
        ...{ run_id: runId, run_uuid: runId, metric_key: key, max_results: `${HISTORY_PAGE}` },
        ...(token !== undefined && { page_token: token }),
      });
      const answer = await this.http.send({ method: 'GET', path: `${API}/metrics/get-history?${query}` });
      const page = historyAnswer.parse(JSON.parse(answer.body.toString()));
      milliseconds += answer.milliseconds;
      bytes += answer.body.length;
      value += page.metrics.length;
      token = page.next_page_token || undefined;
    } while (token !== undefined);
    return { milliseconds, bytes, value };
  }

  putArtifact(
    run: CreatedRun,
    options: { readonly name: string; readonly body: Buffer },
  ): Promise<HttpAnswer> {
    const path = artifactPath(run, options.name);
    const contentType = 'application/octet-stream';
    return this.http.send({ method: 'PUT', path, body: options.body, contentType });
  }

  getArtifact(run: CreatedRun, name: string): Promise<HttpAnswer> {
    return this.http.send({ method: 'GET', path: artifactPath(run, name) });
  }

  close(): void {
    this.http.close();
  }

  async #post<T>(call: string, content: object, answer: z.ZodType<T>): Promise<Timed<T>> {
    const body = Buffer.from(JSON.stringify(content));
    const received = await this.http.send({ method: 'POST', path: `${API}/${call}`, body });
    const value = answer.parse(JSON.parse(received.body.toString()));
    return { milliseconds: received.milliseconds, bytes: received.body.length, value };
  }
}

function artifactPath({ artifactUri }: CreatedRun, name: string): string {
  const path = /^mlflow-artifacts:\/+(.+)$/.exec(artifactUri)?.[1];
  if (path === undefined) throw new Error(`Cannot reach artifacts by HTTP: the run has '${artifactUri}'`);
  return `/api/2.0/mlflow-artifacts/artifacts/${path}/${name}`;
}
