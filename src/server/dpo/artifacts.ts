// What a run leaves behind: its model, its report, its metrics by step, and what it told.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Answer } from '../http/call.ts';
import { json } from '../http/json-endpoint.ts';
import type { DpoContext } from './context.ts';
import { DpoError } from './errors.ts';
import type { Run } from './find-run.ts';
import { type ModelFile, modelArchive, modelDirectory, modelFiles } from './model-files.ts';
import { described, hasEnded, lastMetrics, seconds, statusOf } from './run-object.ts';

/** The links of a run; null for what is not there yet. `base` is where they begin. */
export function artifactLinks(run: Run, base: string) {
  const link = (name: string) => `${base}/runs/${run.id}/artifacts/${name}`;
  const isDone = run.result !== null;
  return {
    checkpoint_url: isDone ? link('model.tar') : null,
    report_url: hasEnded(run) ? link('report.json') : null,
    logs_url: link('logs.txt'),
    model_url: isDone ? link('model') : null,
    metrics_url: isDone ? link('metrics.csv') : null,
  };
}

/** One of them. @throws DpoError 404 */
export async function artifact(
  context: DpoContext,
  run: Run,
  { path, base }: { readonly path: string; readonly base: string },
): Promise<Answer> {
  if (path === 'logs.txt')
    return download('text/plain; charset=utf-8', 'logs.txt', Readable.from(log(context, run)));
  if (path === 'report.json' && hasEnded(run)) return json(await report(context, run));
  if (path === 'metrics.csv') return await metrics(context, run);
  const [first, ...rest] = path.split('/');
  if (path === 'model.tar' || first === 'model') {
    const files = await modelFiles(await modelDirectory(context, run));
    if (path === 'model.tar') return download('application/x-tar', `${run.id}.tar`, modelArchive(files));
    if (rest.length === 0) return json(listing(files, `${base}/runs/${run.id}/artifacts/model`));
    const file = files.find(({ name }) => name === rest.join('/'));
    if (file !== undefined)
      return { ...download('application/octet-stream', file.name, createReadStream(file.path)) };
  }
  throw new DpoError(404, `The run '${run.id}' has no '${path.slice(0, 200)}'`);
}

function listing(files: readonly ModelFile[], base: string) {
  return {
    files: files.map(({ name, bytes }) => ({
      ...{ name, bytes },
      url: `${base}/${name.split('/').map(encodeURIComponent).join('/')}`,
    })),
  };
}

async function metrics({ files }: DpoContext, { id, owner, result }: Run): Promise<Answer> {
  const [file] = result?.resultFiles ?? [];
  if (file === undefined) throw new DpoError(404, `The run '${id}' has no metrics: it is not done`);
  return download('text/csv; charset=utf-8', 'metrics.csv', (await files.open(file, { owner })).stream);
}

async function report(context: DpoContext, run: Run) {
  const { result } = run;
  return {
    ...{ run_id: run.id, status: statusOf(run), ...described(run) },
    ...{ started_at: seconds(run.startedAt), finished_at: seconds(run.finishedAt) },
    metrics: lastMetrics(run),
    error: run.error?.message ?? null,
    ...(result !== null && {
      model: result.model,
      policy_path: await modelDirectory(context, run),
      hyperparameters: result.hyperparameters,
      trained_tokens: result.trainedTokens,
      checkpoints: result.checkpoints,
      tracking_run_id: result.runId,
    }),
  };
}

/** All that was told of a run, a line each. */
async function* log({ jobs }: DpoContext, { id }: Run): AsyncGenerator<Buffer> {
  for (let after: number | undefined; ; ) {
    const { events, hasMore } = await jobs.events(id, { after, limit: 500 });
    const lines = events.map(
      ({ at, level, message }) =>
        `${new Date(at).toISOString()} ${level} ${message.replaceAll('\n', '\n  ')}\n`,
    );
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    after = events.at(-1)?.number;
    if (!hasMore) return;
  }
}

function download(type: string, name: string, body: Readable): Answer {
  const file = name.replaceAll(/[^\w.-]+/g, '_');
  return { headers: { 'content-type': type, 'content-disposition': `attachment; filename="${file}"` }, body };
}
