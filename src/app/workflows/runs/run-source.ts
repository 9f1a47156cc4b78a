// Where runs are read from and deleted in, whatever is there: the stores of this machine, or a server.
import type {
  Experiment,
  HistoryRequest,
  Metric,
  Page,
  Run,
  RunInfo,
  RunQuery,
} from '../../../tracking/index.ts';

/** A file or folder among a run's artifacts; `path` counts from the run's own root. */
export type ArtifactEntry = {
  readonly path: string;
  readonly isDirectory: boolean;
  /** In bytes; 0 for a folder. */
  readonly size: number;
};

/** Runs and their experiments. Errors: NotFoundError, StateError, InputError, ResourceError where the place does not answer. */
export interface RunSource {
  /** In messages: what it is. Holds no password. */
  readonly description: string;
  /** All experiments, deleted ones too. */
  experiments(): Promise<readonly Experiment[]>;
  search(query: RunQuery): Promise<Page<Run>>;
  get(runId: string): Promise<Run>;
  /** Values of one metric by time. */
  history(runId: string, request: HistoryRequest): Promise<Page<Metric>>;
  /** One level of a run's artifacts. */
  artifacts(run: RunInfo, folder?: string): Promise<readonly ArtifactEntry[]>;
  deleteRun(runId: string): Promise<void>;
  restoreRun(runId: string): Promise<void>;
  deleteExperiment(experimentId: string): Promise<void>;
  restoreExperiment(experimentId: string): Promise<void>;
  close(): Promise<void>;
}
