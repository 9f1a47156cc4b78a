// Runs of an MLflow server, Hone's or another, over HTTP.
import type {
  Experiment,
  HistoryRequest,
  Metric,
  Page,
  Run,
  RunInfo,
  RunQuery,
} from '../../../tracking/index.ts';
import { checkServerUrl, MlflowClient } from '../../../tracking/index.ts';
import { allOf } from './pages.ts';
import type { ArtifactEntry, RunSource } from './run-source.ts';
import { answers, readAnswer } from './server-answers.ts';

const views = { active: 'ACTIVE_ONLY', deleted: 'DELETED_ONLY', all: 'ALL' } as const;

/** Runs of a server. Credentials come from the environment. @throws InputError for an address that is none or holds credentials */
export function serverSource(url: string): RunSource {
  return new ServerSource(new MlflowClient(checkServerUrl(url, '--uri').href));
}

class ServerSource implements RunSource {
  readonly #client: MlflowClient;

  constructor(client: MlflowClient) {
    this.#client = client;
  }

  get description(): string {
    return this.#client.description;
  }

  experiments(): Promise<readonly Experiment[]> {
    return allOf(async (token) => {
      const request = { view_type: views.all, max_results: 1000, ...(token && { page_token: token }) };
      const answer = readAnswer(answers.experiments, await this.#client.post('experiments/search', request));
      return { items: answer.experiments, nextPageToken: answer.next_page_token || undefined };
    });
  }

  async search({ experimentIds, filter, view = 'active', ...query }: RunQuery): Promise<Page<Run>> {
    const { maxResults = 1000, orderBy = [], pageToken } = query;
    const answer = readAnswer(
      answers.runs,
      await this.#client.post('runs/search', {
        experiment_ids: experimentIds,
        run_view_type: views[view],
        max_results: maxResults,
        order_by: orderBy,
        ...(filter && { filter }),
        ...(pageToken && { page_token: pageToken }),
      }),
    );
    return { items: answer.runs, nextPageToken: answer.next_page_token || undefined };
  }

  async get(runId: string): Promise<Run> {
    return readAnswer(answers.run, await this.#client.get('runs/get', { run_id: runId })).run;
  }

  async history(
    runId: string,
    { key, maxResults = 25_000, pageToken }: HistoryRequest,
  ): Promise<Page<Metric>> {
    const answer = readAnswer(
      answers.history,
      await this.#client.get('metrics/get-history', {
        run_id: runId,
        metric_key: key,
        max_results: String(maxResults),
        ...(pageToken && { page_token: pageToken }),
      }),
    );
    return { items: answer.metrics, nextPageToken: answer.next_page_token || undefined };
  }

  artifacts({ runId }: RunInfo, folder?: string): Promise<readonly ArtifactEntry[]> {
    return allOf(async (token) => {
      const request = { run_id: runId, ...(folder && { path: folder }), ...(token && { page_token: token }) };
      const { files, next_page_token } = readAnswer(
        answers.artifacts,
        await this.#client.get('artifacts/list', request),
      );
      const items = files.map(({ path, is_dir, file_size }) => ({
        path,
        isDirectory: is_dir,
        size: file_size,
      }));
      return { items, nextPageToken: next_page_token || undefined };
    });
  }

  async deleteRun(runId: string): Promise<void> {
    await this.#client.post('runs/delete', { run_id: runId });
  }

  async restoreRun(runId: string): Promise<void> {
    await this.#client.post('runs/restore', { run_id: runId });
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    await this.#client.post('experiments/delete', { experiment_id: experimentId });
  }

  async restoreExperiment(experimentId: string): Promise<void> {
    await this.#client.post('experiments/restore', { experiment_id: experimentId });
  }

  async close(): Promise<void> {
    this.#client.close();
  }
}
