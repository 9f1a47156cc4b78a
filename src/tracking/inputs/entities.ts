// What goes into a run and comes out of it: datasets and models.

/** A dataset as it is known in an experiment, by its name and digest. */
export type Dataset = {
  readonly name: string;
  /** Tells contents of one name apart. */
  readonly digest: string;
  /** What kind of place `source` is: `local`, `s3`, `hugging_face`, ... */
  readonly sourceType: string;
  /** Where the data came from, in the form of its source type. */
  readonly source: string;
  readonly schema?: string | undefined;
  readonly profile?: string | undefined;
};

/** A dataset that a run reads. The tag `mlflow.data.context` says what for: `training`, `eval`, ... */
export type DatasetInput = {
  readonly dataset: Dataset;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
};

/** A logged model that a run makes, at a step. */
export type ModelOutput = { readonly modelId: string; readonly step: number };

/** What a run reads: datasets, and logged models by their ids. */
export type RunInputs = { readonly datasets: readonly DatasetInput[]; readonly models: readonly string[] };

/** What a run reads and makes. */
export type RunLinks = { readonly inputs: RunInputs; readonly outputs: readonly ModelOutput[] };

/** One dataset of an experiment with one of the contexts in which its runs use it. */
export type DatasetSummary = {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | undefined;
};
