// Options of every command that says where records are kept.
import type { Command } from 'commander';

/** As commander hands them over. */
export type LocationOptions = {
  readonly data?: string;
  readonly database?: string;
  readonly artifacts?: string;
};

/** Adds `--data`, `--database` and `--artifacts`. */
export function addLocationOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory (HONE_DATA, or .hone)')
    .option(
      '--database <url>',
      'sqlite:PATH or postgres://USER@HOST/NAME (HONE_DATABASE, or tracking.db in the data directory)',
    )
    .option(
      '--artifacts <place>',
      'directory, s3://, gs:// or azblob:// behind mlflow-artifacts: (HONE_ARTIFACTS, or artifacts in the data directory)',
    )
    .hook('preAction', (_, action) => {
      const { database, artifacts } = withEnvironment(action.opts());
      action.setOptionValue('database', database).setOptionValue('artifacts', artifacts);
    });
}

/** Places that are not given, as the environment names them; a given data directory stands for all that lies in it. */
export function withEnvironment(
  given: LocationOptions,
  env: NodeJS.ProcessEnv = process.env,
): LocationOptions {
  if (given.data !== undefined) return given;
  const database = given.database ?? (env.HONE_DATABASE || undefined);
  const artifacts = given.artifacts ?? (env.HONE_ARTIFACTS || undefined);
  return { ...(database !== undefined && { database }), ...(artifacts !== undefined && { artifacts }) };
}

export type SourceOptions = LocationOptions & { readonly uri?: string };

/** The same, and `--uri`. */
export function addSourceOptions(command: Command): Command {
  return addLocationOptions(command).option(
    '--uri <url>',
    'http://HOST:PORT of an MLflow or Hone server (MLFLOW_TRACKING_URI where no other place is named)',
  );
}

/** The places alone, as the workflows take them. */
export function locationsOf({ data, database, artifacts, uri }: SourceOptions): SourceOptions {
  return {
    ...(data !== undefined && { data }),
    ...(database !== undefined && { database }),
    ...(artifacts !== undefined && { artifacts }),
    ...(uri !== undefined && { uri }),
  };
}
