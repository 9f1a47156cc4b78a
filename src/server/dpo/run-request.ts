// What callers ask for: the two shapes of a request for a run, told apart and checked.
import { z } from 'zod';
import { parseParameters } from '../http/parse.ts';
import { DpoError } from './errors.ts';

const name = z
  .string()
  .refine(
    (text) => text.isWellFormed() && /^\P{Cc}{1,200}$/u.test(text),
    'must be 1 to 200 characters on one line',
  );

const communityShape = z.looseObject({ communityId: name, dataset: z.array(z.unknown()) });

const knowledgeBaseShape = z.looseObject({
  kb_id: name,
  base_model: name.default('zephyr'),
  algo: z.enum(['dpo', 'ipo', 'sft']).default('dpo'),
  exp_name: name,
  dataset_inline: z.array(z.unknown()).nullish(),
  dataset_url: z.string().min(1).nullish(),
});

/** A body of either shape, for the description of the protocol. */
export const triggerBody = z.looseObject({
  communityId: z.unknown().optional().describe('First shape: names the run'),
  dataset: z.unknown().optional().describe('First shape: the records'),
  kb_id: z.unknown().optional().describe('Second shape: of one of these, one run at a time'),
  base_model: z.unknown().optional().describe("Second shape: the model to tune; 'zephyr' unless given"),
  algo: z.unknown().optional().describe("Second shape: 'dpo', 'ipo' or 'sft'"),
  exp_name: z.unknown().optional().describe('Second shape: names the run'),
  dataset_inline: z
    .unknown()
    .optional()
    .describe('Second shape: {prompt, responses, pairs, sft_target} or {prompt, chosen, rejected} each'),
  dataset_url: z.unknown().optional().describe('Second shape: JSON or JSONL, gzipped or not'),
});

/** A request that was checked. */
export type TriggerRequest = {
  /** Whether the answer comes when the run is done, unless asked otherwise. */
  readonly waits: boolean;
  /** Of which only one run goes on at a time; null: any number. */
  readonly knowledgeBase: string | null;
  readonly baseModel: string;
  readonly algo: 'dpo' | 'ipo' | 'sft';
  readonly experiment: string;
  readonly dataset:
    | { readonly field: string; readonly records: readonly unknown[] }
    | { readonly field: string; readonly url: string };
};

const communityFields = ['communityId', 'dataset'];
const knowledgeBaseFields = ['kb_id', 'base_model', 'algo', 'exp_name', 'dataset_inline', 'dataset_url'];

/** @throws DpoError, ParameterError for a body of no shape or of both */
export function readTrigger(body: Readonly<Record<string, unknown>>): TriggerRequest {
  const given = (fields: readonly string[]) => fields.filter((field) => body[field] !== undefined);
  const [first, second] = [given(communityFields), given(knowledgeBaseFields)];
  if (first.length > 0 && second.length > 0)
    throw new DpoError(
      400,
      `Cannot read the request: ${first.join(', ')} belong to one shape, ${second.join(', ')} to the other; send {communityId, dataset} or {kb_id, exp_name, dataset_inline}`,
    );
  if (first.length === 0 && second.length === 0)
    throw new DpoError(
      400,
      'Cannot read the request: it has none of the fields; send {communityId, dataset} or {kb_id, base_model, algo, exp_name, dataset_inline or dataset_url}',
    );
  return first.length > 0 ? forCommunity(body) : forKnowledgeBase(body);
}

function forCommunity(body: unknown): TriggerRequest {
  const { communityId, dataset } = parseParameters(communityShape, body);
  return {
    ...{ waits: true, knowledgeBase: null, baseModel: 'zephyr', algo: 'dpo', experiment: communityId },
    dataset: { field: 'dataset', records: dataset },
  };
}

function forKnowledgeBase(body: unknown): TriggerRequest {
  const { kb_id, base_model, algo, exp_name, dataset_inline, dataset_url } = parseParameters(
    knowledgeBaseShape,
    body,
  );
  return {
    ...{ waits: false, knowledgeBase: kb_id, baseModel: base_model, algo, experiment: exp_name },
    dataset: datasetOf(dataset_inline ?? undefined, dataset_url ?? undefined),
  };
}

function datasetOf(
  records: readonly unknown[] | undefined,
  url: string | undefined,
): TriggerRequest['dataset'] {
  if (records !== undefined && url === undefined) return { field: 'dataset_inline', records };
  if (records === undefined && url !== undefined) return { field: 'dataset_url', url };
  const how = records === undefined ? 'neither is given' : 'both are given';
  throw new DpoError(
    400,
    `Cannot read the request: exactly one of dataset_inline and dataset_url is needed, and ${how}`,
  );
}
