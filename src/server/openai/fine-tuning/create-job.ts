// Starts a fine-tuning job, once: SDKs repeat a request whose answer they did not see.
import { fineTuneKind } from '../../../app/index.ts';
import { ConflictError, fingerprint, NotFoundError, sha256 } from '../../../core/index.ts';
import type { CheckedCall } from '../../http/json-endpoint.ts';
import { ParameterError } from '../../http/parse.ts';
import type { OpenAiContext } from '../context.ts';
import { findModel } from '../models/find-model.ts';
import { type CreateRequest, specOf } from './create-request.ts';
import { asFineTune } from './find-job.ts';
import type { FineTuneJob } from './job-object.ts';
import { labelsOf, requestLabel } from './labels.ts';

type CreateCall = CheckedCall<OpenAiContext, CreateRequest, unknown>;

/** A repeated request is known for so long, in ms; one with a key of its own for a day. */
const repeatWindow = 10 * 60_000;
const keyWindow = 24 * 3_600_000;

/** @throws ParameterError for files that are not there; OpenAiError for a model that is not */
export async function createJob(call: CreateCall): Promise<FineTuneJob> {
  const { http, principal, context, body } = call;
  const hash = fingerprint(body);
  const { making } = context;
  const place = `${principal.owner} ${hash}`;
  if (Number(http.headers['x-stainless-retry-count'] ?? 0) > 0) {
    // The first of the two may be on its way still.
    await making.get(place)?.catch(() => undefined);
    const earlier = await earlierJob(call, hash);
    if (earlier !== undefined) return earlier;
  }
  const job = submit(call, hash);
  making.set(place, job);
  try {
    return await job;
  } finally {
    if (making.get(place) === job) making.delete(place);
  }
}

async function earlierJob(
  { principal: { owner }, context }: CreateCall,
  hash: string,
): Promise<FineTuneJob | undefined> {
  const labels = { [requestLabel]: hash };
  const { jobs } = await context.jobs.list({ owner, kinds: [fineTuneKind], labels, limit: 1 });
  return jobs.map(asFineTune).find(({ createdAt }) => createdAt > Date.now() - repeatWindow);
}

async function submit(call: CreateCall, hash: string): Promise<FineTuneJob> {
  const { body, context, http } = call;
  const { owner } = call.principal;
  const spec = specOf(body);
  await findModel(context.models, body.model, { owner });
  await checkFile(call, 'training_file');
  if (spec.validationFile != null) await checkFile(call, 'validation_file');
  const key = http.headers['idempotency-key'];
  const { metadata, integrations } = body;
  const { job, duplicate } = await context.submitFineTune({
    ...{ spec, owner, face: 'openai' },
    origin: { requestId: call.requestId, trace: call.trace },
    labels: labelsOf({ metadata: metadata ?? {}, integrations: integrations ?? [], fingerprint: hash }),
    dedupe: typeof key === 'string' ? { key: `openai ${sha256(key)}`, withinMs: keyWindow } : undefined,
  });
  if (duplicate && job.labels[requestLabel] !== hash)
    throw new ConflictError(
      `Cannot create the job: another request had the idempotency key '${key}'; give each request a key of its own`,
    );
  return job;
}

async function checkFile(
  { body, principal: { owner }, context }: CreateCall,
  param: 'training_file' | 'validation_file',
): Promise<void> {
  const id = body[param] ?? '';
  const file = await context.files.get(id, { owner }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw new ParameterError(
      param,
      `Invalid value for '${param}': there is no file '${id}'; upload it first`,
    );
  });
  if (file.purpose !== 'fine-tune')
    throw new ParameterError(
      param,
      `Invalid value for '${param}': the file '${id}' was uploaded for '${file.purpose}'; upload it with the purpose 'fine-tune'`,
    );
}
