// What the registry speaks of: models and their versions.
import type { ModelStage } from './lifecycle/model.ts';
import type { VersionStatus } from './lifecycle/version.ts';
import type { Stage } from './stages.ts';

/** Whether a version can be downloaded yet, in MLflow's words. */
export const registrationStatuses = ['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY'] as const;
/** One of {@link registrationStatuses}. */
export type RegistrationStatus = (typeof registrationStatuses)[number];

/** A fact about a model or version, by name. */
export type Tag = { readonly key: string; readonly value: string };

/** Who changes something and why; both are kept in the audit. */
export type Change = { readonly by?: string | undefined; readonly reason?: string | undefined };

/** A name under which versions are registered. Times are milliseconds since 1970. */
export type RegisteredModel = {
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
  /** The newest version of each stage, in the order in which the stages were first reached. */
  readonly latestVersions: readonly ModelVersion[];
  /** Where the model as a whole stands. */
  readonly stage: ModelStage;
  /** The version that was promoted last. */
  readonly currentVersion: number | undefined;
};

/** A version of a model: MLflow's record, and Hone's semantic version and lifecycle, which are tags of it. */
export type ModelVersion = {
  readonly name: string;
  readonly version: number;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly stage: Stage;
  /** Where it was registered from, as given: a URI; '' where it has no files yet. */
  readonly source: string;
  /** Where its files lie. */
  readonly storageLocation: string;
  readonly runId: string | undefined;
  readonly runLink: string | undefined;
  /** The logged model that it was registered from. */
  readonly loggedModelId: string | undefined;
  readonly status: RegistrationStatus;
  readonly statusMessage: string | undefined;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
  /** x.y.z, where one was given. */
  readonly semanticVersion: string | undefined;
  readonly lifecycle: VersionStatus;
};

/** What a logged model tells of itself. */
export type LoggedModelFacts = {
  readonly artifactUri: string;
  readonly sourceRunId: string | undefined;
  readonly metrics: Readonly<Record<string, number>>;
};

/** What the registry asks of tracking. Each throws NotFoundError for what does not exist. */
export interface TrackingLinks {
  runArtifactUri(runId: string): Promise<string>;
  loggedModel(modelId: string): Promise<LoggedModelFacts>;
  /** Called after a version was registered from a logged model. */
  versionRegistered(
    modelId: string,
    version: { readonly name: string; readonly version: number },
  ): Promise<void>;
}

/** A page of a list; `nextPageToken` is there where more follows. */
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken: string | undefined };
