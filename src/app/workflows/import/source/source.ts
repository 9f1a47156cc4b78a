// What an import reads from: the history of an MLflow server or of an `mlruns` folder, a piece at a time.
import type { RestoredModel, RestoredVersion } from '../../../../registry/index.ts';
import type {
  Experiment,
  LoggedModelMetric,
  Metric,
  RestoredLoggedModel,
  RestoredRun,
  Run,
} from '../../../../tracking/index.ts';
import type { Tell } from '../problems.ts';

/** Where a source keeps something, in its own words: an id on a server, a directory in a folder. */
type Place = { readonly place: string };

/** Tells an entity's states apart; undefined where it may change without a sign. */
type Marked = { readonly fingerprint: string | undefined };

/** An experiment; its id is the source's. */
export type SourceExperiment = Experiment & Place;

/** A run with its parameters, tags, inputs and outputs; ids are the source's. The histories of `metricKeys` are read apart. */
export type SourceRun = Omit<Run, 'info' | 'metrics'> &
  Place &
  Marked & { readonly info: RestoredRun; readonly metricKeys: readonly string[] };

/** A logged model; its metrics are read apart. */
export type SourceLoggedModel = RestoredLoggedModel & Place & Marked;

/** A registered model; its versions are read apart. */
export type SourceModel = RestoredModel &
  Place & { readonly aliases: readonly { readonly alias: string; readonly version: number }[] };

/** A version; its source is still that of its place. */
export type SourceVersion = Omit<RestoredVersion, 'storageLocation'>;

/** A file among artifacts. */
export type SourceFile = {
  /** From the root of the artifacts on, as the source writes it: not to be trusted. */
  readonly path: string;
  /** In bytes; undefined where the source does not say. */
  readonly size: number | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
};

/** The artifacts of a run or logged model: files that can be read, or none here, for a reason where that is a loss. */
export type SourceArtifacts =
  | { readonly files: AsyncIterable<SourceFile> }
  | { readonly files: undefined; readonly reason: string | undefined };

/**
 * A history. Lists come a piece at a time and are never in memory as a whole; what cannot be read is told, and left out.
 * Errors: InputError for what is no source, ResourceError where it does not answer.
 */
export interface Source {
  /** Its address; also the name under which the ledger knows it. Holds no password. */
  readonly name: string;
  /** Active ones first. */
  experiments(tell: Tell): AsyncIterable<SourceExperiment>;
  runs(experiment: SourceExperiment, tell: Tell): AsyncIterable<SourceRun>;
  /** All values of one metric, in batches. */
  history(run: SourceRun, key: string, tell: Tell): AsyncIterable<readonly Metric[]>;
  loggedModels(experiment: SourceExperiment, tell: Tell): AsyncIterable<SourceLoggedModel>;
  modelMetrics(model: SourceLoggedModel, tell: Tell): AsyncIterable<readonly LoggedModelMetric[]>;
  models(tell: Tell): AsyncIterable<SourceModel>;
  versions(model: SourceModel, tell: Tell): AsyncIterable<SourceVersion>;
  artifacts(owner: { readonly artifactUri: string } & Place, tell: Tell): SourceArtifacts;
  /** What an experiment has that no import brings over, in words. */
  leftBehind(experiment: SourceExperiment): Promise<readonly string[]>;
  /** The URI by which clients reach artifacts that stay where they are. */
  remoteUri(artifactUri: string): string;
  close(): void;
}
