// Puts a run into the queue: its data checked and stored, repeated requests told from new ones, one run of a knowledge base at a time.
import { NotFoundError, sha256 } from '../../core/index.ts';
import type { FileRecord } from '../../files/index.ts';
import type { HttpCall } from '../http/call.ts';
import { readBody } from '../http/read-body.ts';
import { Refusal } from '../http/refusal.ts';
import { chooseModel } from './base-model.ts';
import type { DpoContext } from './context.ts';
import { DpoError } from './errors.ts';
import { fetchDataset } from './fetch-dataset.ts';
import { asRun, type Run } from './find-run.ts';
import { faceName, groupKey, labels } from './labels.ts';
import { type DpoRecord, readRecords } from './records.ts';
import type { TriggerRequest } from './run-request.ts';
import { runSpec } from './run-spec.ts';

export type DpoCall = HttpCall & { readonly context: DpoContext };

/** For so long a key stands for its run, in ms. */
const keyLasts = 600_000;
/** A data set that no job has deleted is gone after so long, in s: its server died between storing it and asking for the run. */
const datasetLasts = 30 * 86_400;

/** @returns the run; with an `Idempotency-Key` that was seen, the run of then */
export async function startRun(call: DpoCall, request: TriggerRequest): Promise<Run> {
  const { context, principal } = call;
  const repetition = await repetitionOf(call);
  const before = repetition && (await findRepeated(call, repetition));
  if (before !== undefined) return before;
  const exclusive = exclusiveKey(call, request);
  if (exclusive !== undefined) await refuseSecond(context, { exclusive, request });
  const { owner } = principal;
  const { config, models } = context;
  const model = await chooseModel(request.baseModel, { models, owner, modelMap: config.modelMap });
  const records = await recordsOf(call, request);
  const file = await store(context, records, { owner, request });
  const run = await submit(call, { request, model, file, exclusive, repetition });
  if (exclusive !== undefined) await yieldToFirst(context, { run, exclusive, request });
  return run;
}

/** An `Idempotency-Key` and what came with it, as hashes. */
type Repetition = { readonly key: string; readonly body: string };

async function repetitionOf({ http, bodyLimit }: DpoCall): Promise<Repetition | undefined> {
  const key = http.headers['idempotency-key'];
  if (typeof key !== 'string') return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new DpoError(400, 'Cannot read Idempotency-Key: it must be 1 to 255 letters, digits or signs');
  return { key: sha256(key), body: sha256(await readBody(http, bodyLimit)) };
}

/** The run that a key stands for. The queue decides once more when the job is submitted. */
async function findRepeated(
  { context, principal: { owner } }: DpoCall,
  { key, body }: Repetition,
): Promise<Run | undefined> {
  const { jobs } = await context.jobs.list({ owner, labels: { [labels.idempotency]: key }, limit: 1 });
  const [job] = jobs;
  if (job === undefined || job.createdAt <= context.now() - keyLasts) return undefined;
  return sameRequest(asRun(job), body);
}

/** @throws DpoError where the key came with another request */
function sameRequest(run: Run, body: string): Run {
  if (run.labels[labels.request] === body) return run;
  throw new DpoError(
    422,
    `Cannot start a run: this Idempotency-Key was sent with another request, which is the run '${run.id}'; send a new key`,
  );
}

/** Behind a gateway all users share its knowledge bases; else each owner has their own. */
function exclusiveKey(
  { context, principal }: DpoCall,
  { knowledgeBase }: TriggerRequest,
): string | undefined {
  if (knowledgeBase === null) return undefined;
  return context.config.gatewaySecret === undefined
    ? `${principal.owner}/${knowledgeBase}`
    : `/${knowledgeBase}`;
}

type Exclusive = { readonly exclusive: string; readonly request: TriggerRequest };

async function activeRuns({ jobs }: DpoContext, exclusive: string) {
  const query = { labels: { [labels.exclusive]: exclusive }, order: 'asc', limit: 1 } as const;
  return (await jobs.list({ ...query, states: ['queued', 'running', 'paused'] })).jobs;
}

async function refuseSecond(context: DpoContext, { exclusive, request }: Exclusive): Promise<void> {
  const [active] = await activeRuns(context, exclusive);
  if (active !== undefined) throw alreadyActive(request, active.id);
}

/** Of two runs that were asked for at once, the later one goes: each sees the other by now. */
async function yieldToFirst(
  context: DpoContext,
  { run, exclusive, request }: Exclusive & { readonly run: Run },
): Promise<void> {
  const [first] = await activeRuns(context, exclusive);
  if (first === undefined || first.id === run.id) return;
  await context.cancelFineTune(run.id, { owner: run.owner });
  throw alreadyActive(request, first.id);
}

function alreadyActive({ knowledgeBase }: TriggerRequest, id: string): Refusal {
  return new Refusal(
    'too-many',
    `Cannot start a run for the kb_id '${knowledgeBase}': the run '${id}' is active; wait for its end or cancel it`,
    { retryAfterMs: 30_000 },
  );
}

async function recordsOf(call: DpoCall, { dataset }: TriggerRequest): Promise<readonly DpoRecord[]> {
  if ('records' in dataset) return readRecords(dataset.records, dataset.field);
  const { maxDatasetBytes: limitBytes, allowPrivateDatasets: allowPrivate } = call.context.config;
  const values = await fetchDataset(dataset.url, { limitBytes, allowPrivate, signal: call.whenGone() });
  return readRecords(values, dataset.field);
}

/** A file of its own for each run, deleted with the run's end. */
async function store(
  { files, now }: DpoContext,
  records: readonly DpoRecord[],
  { owner, request }: { readonly owner: string; readonly request: TriggerRequest },
): Promise<FileRecord> {
  const filename = `${request.experiment.replaceAll(/[^\w.-]+/g, '-')}.jsonl`;
  const expiresAt = Math.floor(now() / 1000) + datasetLasts;
  return await files.create({ owner, filename, purpose: 'fine-tune', expiresAt }, jsonLines(records));
}

async function* jsonLines(records: readonly DpoRecord[]): AsyncGenerator<Uint8Array> {
  for (const record of records) yield Buffer.from(`${JSON.stringify(record)}\n`);
}

type Submission = {
  readonly request: TriggerRequest;
  readonly model: string;
  readonly file: FileRecord;
  readonly exclusive: string | undefined;
  readonly repetition: Repetition | undefined;
};

async function submit(
  { context, principal, requestId, trace }: DpoCall,
  submission: Submission,
): Promise<Run> {
  const { request, model, file, repetition } = submission;
  const { owner } = principal;
  const { jobTimeoutSeconds } = context.config;
  let isTaken = false;
  try {
    const { job, duplicate } = await context.submitFineTune({
      ...{ owner, face: faceName, groupKey, labels: labelsOf(submission), origin: { requestId, trace } },
      spec: runSpec(request, { model, trainingFile: file.id, timeLimitSeconds: jobTimeoutSeconds }),
      dedupe: repetition && { key: `dpo:${repetition.key}`, withinMs: keyLasts },
    });
    isTaken = !duplicate;
    const run = asRun(await context.jobs.get(job.id));
    return duplicate && repetition !== undefined ? sameRequest(run, repetition.body) : run;
  } finally {
    if (!isTaken) await remove(context, file);
  }
}

function labelsOf({ request, exclusive, repetition }: Submission): Readonly<Record<string, string>> {
  const { experiment, algo, knowledgeBase } = request;
  return {
    [labels.experiment]: experiment,
    [labels.algo]: algo,
    ...(knowledgeBase !== null && { [labels.knowledgeBase]: knowledgeBase }),
    ...(exclusive !== undefined && { [labels.exclusive]: exclusive }),
    ...(repetition && { [labels.idempotency]: repetition.key, [labels.request]: repetition.body }),
  };
}

async function remove({ files }: DpoContext, { id }: FileRecord): Promise<void> {
  await files.delete(id).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}
