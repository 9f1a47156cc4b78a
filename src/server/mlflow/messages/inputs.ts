// The messages about inputs and outputs of runs, and ours as theirs.
import type { DatasetInput, Run } from '../../../tracking/index.ts';
import {
  type Infer,
  int64,
  message,
  type Output,
  repeated,
  required,
  string,
  withDefault,
} from '../wire/index.ts';

const inputTag = message({ key: required(string()), value: withDefault(string(), '') });

const dataset = message({
  name: required(string()),
  digest: required(string()),
  source_type: required(string()),
  source: withDefault(string(), ''),
  schema: string(),
  profile: string(),
});

export const datasetInput = message({ tags: repeated(inputTag), dataset: required(dataset) });
export const modelInput = message({ model_id: required(string()) });
export const modelOutput = message({ model_id: required(string()), step: withDefault(int64(), 0) });

export const runInputs = message({
  dataset_inputs: repeated(datasetInput),
  model_inputs: repeated(modelInput),
});
export const runOutputs = message({ model_outputs: repeated(modelOutput) });

/** A dataset of a request as tracking takes it. */
export function toDatasetInput({ tags, dataset }: Infer<typeof datasetInput>): DatasetInput {
  const { source_type, ...rest } = dataset;
  return { dataset: { ...rest, sourceType: source_type }, tags };
}

export function toRunInputs({ datasets, models }: Run['inputs']): Output<typeof runInputs> {
  return {
    dataset_inputs: datasets.map(({ dataset, tags }) => ({
      tags,
      dataset: { ...dataset, source_type: dataset.sourceType },
    })),
    model_inputs: models.map((model_id) => ({ model_id })),
  };
}

export function toRunOutputs(outputs: Run['outputs']): Output<typeof runOutputs> {
  return { model_outputs: outputs.map(({ modelId, step }) => ({ model_id: modelId, step })) };
}
