// What tracking speaks of: experiments, runs and what is logged to them.
import type { ModelOutput, RunInputs } from './inputs/entities.ts';

export type Lifecycle = 'active' | 'deleted';

/** Which lifecycles a search looks at. */
export type View = 'active' | 'deleted' | 'all';

export const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Times are milliseconds since 1970. `id` is a decimal number; '0' is the default experiment. */
export type Experiment = {
  readonly id: string;
  readonly name: string;
  /** Where the artifacts of its runs lie, a URI; `mlflow-artifacts:/...` where this server keeps them. */
  readonly artifactLocation: string;
  readonly lifecycle: Lifecycle;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
};

export type Tag = { readonly key: string; readonly value: string };
export type Param = { readonly key: string; readonly value: string };

/** One value of a metric. `value` may be NaN; infinities are kept as the largest finite number of their sign. */
export type Metric = {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
  /** The logged model that it measures, if it does: it becomes a value of the model's metric too. */
  readonly modelId?: string | undefined;
  /** On what data it measures the model; of no use without `modelId`. */
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
};

export type RunInfo = {
  /** 32 hexadecimal digits. */
  readonly runId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startTime: number;
  readonly endTime: number | undefined;
  readonly artifactUri: string;
  readonly lifecycle: Lifecycle;
};

/** A run with the latest value of each of its metrics, what it read and what it made. */
export type Run = {
  readonly info: RunInfo;
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
  readonly inputs: RunInputs;
  /** The logged models that it made. */
  readonly outputs: readonly ModelOutput[];
};

/** A page of a list; `nextPageToken` is there where more follows. */
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken: string | undefined };
