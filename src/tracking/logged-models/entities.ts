// Logged models: what training made, before or without being registered.
import type { Metric, Param, Tag } from '../entities.ts';

/** `PENDING` until its files are there; `FAILED` where they never will be. */
export const loggedModelStatuses = ['PENDING', 'READY', 'FAILED'] as const;
export type LoggedModelStatus = (typeof loggedModelStatuses)[number];

/** Times are milliseconds since 1970. */
export type LoggedModel = {
  /** `m-` and 32 hexadecimal digits. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  /** Where its files lie, a URI. */
  readonly artifactUri: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: LoggedModelStatus;
  /** What kind of model it is: `classifier`, `agent`, ...; '' where nobody said. */
  readonly modelType: string;
  /** The run that made it; '' where none did. */
  readonly sourceRunId: string;
  readonly tags: readonly Tag[];
  readonly params: readonly Param[];
  /** Every value, the earliest of each name first. */
  readonly metrics: readonly LoggedModelMetric[];
};

/** A value of a metric of a logged model, and the run that measured it. */
export type LoggedModelMetric = Metric & { readonly modelId: string; readonly runId: string };
