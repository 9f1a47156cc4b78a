// The history on an MLflow server, Hone's or another, over HTTP.
import { z } from 'zod';
import { fingerprint, InputError, NotFoundError, ResourceError } from '../../../../core/index.ts';
import {
  checkServerUrl,
  type LoggedModelMetric,
  type Metric,
  MlflowClient,
} from '../../../../tracking/index.ts';
import type { Tell } from '../problems.ts';
import type {
  Source,
  SourceArtifacts,
  SourceExperiment,
  SourceFile,
  SourceLoggedModel,
  SourceModel,
  SourceRun,
  SourceVersion,
} from '../source/source.ts';
import { WithheldError } from '../source/withheld-error.ts';
import {
  artifactAnswer,
  experimentAnswer,
  loggedModelAnswer,
  metricAnswer,
  registeredModelAnswer,
  runAnswer,
  versionAnswer,
} from './server-answers.ts';
import { withRetries } from './with-retries.ts';

/** Items of one page: what a slow server answers within seconds. */
const pageSizes = { experiments: 1000, runs: 200, history: 25_000, models: 100, versions: 200 } as const;
const deepestFolder = 64;
const isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'";

type Json = Readonly<Record<string, unknown>>;
type Ask = (pageToken: string | undefined) => Promise<Json>;

/** Options of {@link mlflowServerSource}. */
export type ServerSourceOptions = {
  readonly signal: AbortSignal;
  /** Where credentials come from, as MLflow's client takes them. */
  readonly environment?: NodeJS.ProcessEnv;
};

/**
 * The history on a server, which is asked whether it is one.
 * @throws InputError for an address that is none, holds credentials, or is no MLflow server's; ResourceError where nobody answers
 */
export async function mlflowServerSource(
  url: string,
  { signal, environment = process.env }: ServerSourceOptions,
): Promise<Source> {
  const client = new MlflowClient(checkServerUrl(url, '--from').href, { environment });
  signal.addEventListener('abort', () => client.close(), { once: true });
  await client.post('experiments/search', { max_results: 1 });
  return new MlflowServerSource(client, signal);
}

class MlflowServerSource implements Source {
  readonly #client: MlflowClient;
  readonly #signal: AbortSignal;
  /** Metrics of logged models, which come along with them. */
  readonly #modelMetrics = new WeakMap<SourceLoggedModel, readonly LoggedModelMetric[]>();

  constructor(client: MlflowClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  get name(): string {
    return this.#client.description;
  }

  async *experiments(tell: Tell): AsyncIterable<SourceExperiment> {
    for (const view_type of ['ACTIVE_ONLY', 'DELETED_ONLY']) {
      // In the order in which they were made: a new database gives them the same ids.
      const order_by = ['creation_time ASC'];
      const body = { view_type, max_results: pageSizes.experiments, order_by };
      const ask = this.#posting('experiments/search', body);
      yield* this.#items(ask, { list: 'experiments', schema: experimentAnswer, tell });
    }
  }

  async *runs({ id }: SourceExperiment, tell: Tell): AsyncIterable<SourceRun> {
    const ask = this.#posting('runs/search', {
      experiment_ids: [id],
      run_view_type: 'ALL',
      max_results: pageSizes.runs,
      // What begins meanwhile comes last, so that no page shifts.
      order_by: ['attributes.start_time ASC'],
    });
    for await (const raw of this.#items(ask, { list: 'runs', schema: z.unknown(), tell })) {
      const run = read(runAnswer, raw, { what: 'run', tell });
      if (run === undefined) continue;
      const goesOn = run.info.status === 'RUNNING' || run.info.status === 'SCHEDULED';
      yield { ...run, fingerprint: goesOn ? undefined : fingerprint(raw) };
    }
  }

  async *history({ info: { runId } }: SourceRun, key: string, tell: Tell): AsyncIterable<readonly Metric[]> {
    const ask = this.#getting('metrics/get-history', {
      run_id: runId,
      metric_key: key,
      max_results: String(pageSizes.history),
    });
    const what = `run ${runId}, metric '${key}'`;
    for await (const answer of pages(ask))
      yield itemsOf(answer, 'metrics').flatMap((raw) => read(metricAnswer, raw, { what, tell }) ?? []);
  }

  async *loggedModels({ id }: SourceExperiment, tell: Tell): AsyncIterable<SourceLoggedModel> {
    const ask = this.#posting('logged-models/search', {
      experiment_ids: [id],
      max_results: pageSizes.models,
    });
    try {
      for await (const raw of this.#items(ask, { list: 'models', schema: z.unknown(), tell })) {
        const found = read(loggedModelAnswer, raw, { what: 'logged model', tell });
        if (found === undefined) continue;
        const model = { ...found.model, fingerprint: fingerprint(raw) };
        this.#modelMetrics.set(model, found.metrics);
        yield model;
      }
    } catch (error) {
      // Servers before MLflow 3 do not know them.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  async *modelMetrics(model: SourceLoggedModel): AsyncIterable<readonly LoggedModelMetric[]> {
    yield this.#modelMetrics.get(model) ?? [];
  }

  async *models(tell: Tell): AsyncIterable<SourceModel> {
    const seen = new Set<string>();
    for (const filter of [undefined, isPrompt]) {
      const query = { max_results: String(pageSizes.models), ...(filter && { filter }) };
      const ask = this.#getting('registered-models/search', query);
      const list = { list: 'registered_models', schema: registeredModelAnswer, tell };
      for await (const model of this.#items(ask, list))
        if (seen.size < seen.add(model.name).size) yield model;
    }
  }

  async *versions(model: SourceModel, tell: Tell): AsyncIterable<SourceVersion> {
    const name = quoted(model.name);
    if (name === undefined)
      return tell({
        what: `registered model '${model.name}'`,
        reason: 'no search can ask for a name with both kinds of quotes',
      });
    const prompt = model.tags.some(({ key }) => key === 'mlflow.prompt.is_prompt');
    const filter = `name = ${name}${prompt ? ` AND ${isPrompt}` : ''}`;
    const ask = this.#getting('model-versions/search', {
      filter,
      max_results: String(pageSizes.versions),
      order_by: 'version_number ASC',
    });
    yield* this.#items(ask, { list: 'model_versions', schema: versionAnswer, tell });
  }

  artifacts({ artifactUri }: { readonly artifactUri: string }, tell: Tell): SourceArtifacts {
    const folder = this.#proxiedFolder(artifactUri);
    if (folder !== undefined) return { files: this.#files(folder, tell) };
    const isLocal = /^(file:|[^:]*$)/i.test(artifactUri);
    return {
      files: undefined,
      reason: isLocal
        ? `the server does not hand on what lies at '${artifactUri}'; copy the files on its machine`
        : undefined,
    };
  }

  async leftBehind({ id }: SourceExperiment): Promise<readonly string[]> {
    const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } };
    try {
      const answer = await this.#retried(() =>
        this.#client.post('/api/3.0/mlflow/traces/search', { locations: [location], max_results: 1 }),
      );
      return itemsOf(answer, 'traces').length === 0 ? [] : ['its traces do not come over'];
    } catch (error) {
      // A server that knows no such traces has none.
      if (error instanceof InputError || error instanceof WithheldError) return [];
      throw error;
    }
  }

  remoteUri(artifactUri: string): string {
    const folder = this.#proxiedFolder(artifactUri);
    return folder === undefined ? artifactUri : `${this.name}/api/2.0/mlflow-artifacts/artifacts/${folder}`;
  }

  close(): void {
    this.#client.close();
  }

  /** The path below the proxy; undefined for what lies elsewhere, on other servers too. */
  #proxiedFolder(uri: string): string | undefined {
    const [, host = '', path = ''] = /^mlflow-artifacts:(?:\/\/([^/]*))?(\/.*|)$/i.exec(uri) ?? [];
    if (path === '' || (host !== '' && host !== this.#client.url.host)) return undefined;
    return path.replace(/^\/+|\/+$/g, '');
  }

  async *#files(root: string, tell: Tell, folder = ''): AsyncIterable<SourceFile> {
    if (folder.split('/').length > deepestFolder)
      return tell({
        what: 'artifacts',
        where: folder,
        reason: `the folder lies deeper than ${deepestFolder} levels`,
      });
    const at = (path: string) => (path === '' ? root : `${root}/${path}`);
    const answer = await this.#retried(() => this.#client.listArtifacts(at(folder)));
    for (const raw of itemsOf(answer, 'files')) {
      const entry = read(artifactAnswer, raw, { what: 'artifact', tell });
      if (entry === undefined) continue;
      // A name that steps out of its folder must not be asked for.
      if (/^\.{0,2}$|[/\\]/.test(entry.path)) {
        tell({
          what: 'artifact',
          where: at(folder),
          reason: `the name ${JSON.stringify(entry.path)} is no file's`,
        });
        continue;
      }
      const path = folder === '' ? entry.path : `${folder}/${entry.path}`;
      if (entry.is_dir) yield* this.#files(root, tell, path);
      else yield { path, size: entry.file_size, open: () => this.#download(at(path)) };
    }
  }

  async *#items<T>(
    ask: Ask,
    { list, schema, tell }: { readonly list: string; readonly schema: z.ZodType<T>; readonly tell: Tell },
  ): AsyncIterable<T> {
    for await (const answer of pages(ask))
      for (const raw of itemsOf(answer, list)) {
        const item = read(schema, raw, { what: list.replaceAll('_', ' '), tell });
        if (item !== undefined) yield item;
      }
  }

  #posting(path: string, body: Json): Ask {
    return (page_token) =>
      this.#retried(() => this.#client.post(path, { ...body, ...(page_token && { page_token }) }));
  }

  #getting(path: string, query: Readonly<Record<string, string>>): Ask {
    return (page_token) =>
      this.#retried(() => this.#client.get(path, { ...query, ...(page_token && { page_token }) }));
  }

  #retried<T>(work: () => Promise<T>): Promise<T> {
    return withRetries(work, { signal: this.#signal, answers: () => this.#answers() });
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#client.post('experiments/search', { max_results: 1 });
      return true;
    } catch (error) {
      if (error instanceof ResourceError) return false;
      throw error;
    }
  }

  /** The bytes of a file; where the connection breaks, it begins again and leaves out what was handed on. */
  async *#download(path: string): AsyncGenerator<Uint8Array> {
    let handedOn = 0;
    let reader = this.#client.getArtifact(path);
    for (;;) {
      let skip = 0;
      const next = await this.#retried(async () => {
        try {
          let result = await reader.next();
          while (!result.done && skip >= result.value.length) {
            skip -= result.value.length;
            result = await reader.next();
          }
          return result;
        } catch (error) {
          reader = this.#client.getArtifact(path);
          skip = handedOn;
          throw error;
        }
      });
      if (next.done) return;
      const piece = next.value.subarray(skip);
      handedOn += piece.length;
      yield piece;
    }
  }
}

/** Answer after answer. A server that gives a page's own token again would never end. */
async function* pages(ask: Ask): AsyncGenerator<Json> {
  for (let token: string | undefined; ; ) {
    const answer = await ask(token);
    yield answer;
    const next = answer.next_page_token;
    if (typeof next !== 'string' || next === '' || next === token) return;
    token = next;
  }
}

function itemsOf(answer: Json, name: string): readonly unknown[] {
  const items = answer[name];
  return Array.isArray(items) ? items : [];
}

/** What an item says; told and undefined where it is not as MLflow writes it. */
function read<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  { what, tell }: { readonly what: string; readonly tell: Tell },
): T | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  tell({
    what,
    reason: `the server's answer is not MLflow's at '${issue?.path.join('.')}': ${JSON.stringify(raw)?.slice(0, 100)}`,
  });
  return undefined;
}

function quoted(name: string): string | undefined {
  if (!name.includes("'")) return `'${name}'`;
  return name.includes('"') ? undefined : `"${name}"`;
}
