// What an input may hold: lengths, MLflow's own, with its texts.
import { checkLength } from '../limits.ts';
import type { DatasetInput } from './entities.ts';

/** Lengths in code points. */
export const inputLimits = {
  name: 500,
  digest: 36,
  sourceType: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
  tagKey: 255,
  tagValue: 500,
  modelId: 255,
} as const;

/** @throws InputError for a text that is too long */
export function checkDatasetInput({ dataset, tags }: DatasetInput): void {
  checkLength('name', dataset.name, inputLimits.name);
  checkLength('digest', dataset.digest, inputLimits.digest);
  checkLength('source_type', dataset.sourceType, inputLimits.sourceType);
  checkLength('source', dataset.source, inputLimits.source);
  checkLength('schema', dataset.schema ?? '', inputLimits.schema);
  checkLength('profile', dataset.profile ?? '', inputLimits.profile);
  for (const { key, value } of tags) {
    checkLength('key', key, inputLimits.tagKey);
    checkLength('value', value, inputLimits.tagValue);
  }
}

/** @throws InputError for an id that is too long */
export function checkModelId(modelId: string): void {
  checkLength('model_id', modelId, inputLimits.modelId);
}
