// The tags of a recorded run: MLflow's own and those by which runs are found and compared.
import { basename } from 'node:path';
import { fingerprint, sha256 } from '../../../../core/index.ts';
import {
  type CodeVersion,
  codeTags,
  currentUser,
  detectPlatform,
  type Environment,
} from '../../../../platform/index.ts';
import type { TrainConfig } from '../../../../training/index.ts';
import { isHeldOut } from './params.ts';
import type { RecordSettings } from './settings.ts';

/** Version of the way in which the tags group runs. */
const groupingVersion = '1';
const longestValue = 250;

/** What is known when the run begins. */
export type KnownAtStart = {
  readonly settings: RecordSettings;
  /** Of the whole run and of its data. */
  readonly fingerprint: string;
  readonly dataFingerprint: string;
};

/** Tags with which the run is made. */
export function startTags(config: TrainConfig, known: KnownAtStart): Record<string, string> {
  const { settings } = known;
  const platform = detectPlatform().name;
  const model = basename(config.model);
  return {
    'mlflow.user': currentUser(),
    'mlflow.runType': 'training',
    ...(settings.parentRunId && { 'mlflow.parentRunId': settings.parentRunId }),
    'code.stage': 'training',
    'code.run_type': 'training',
    'code.project': settings.experiment,
    'code.model': model,
    'code.backbone': model,
    'code.env': platform,
    'code.execution_platform': platform,
    'code.storage_env': platform,
    'code.created_by': 'hone',
    'code.output_dir': config.output,
    'code.trained_on_full_data': String(!isHeldOut(config)),
    'code.artifact.available': 'false',
    'code.interrupted': 'false',
    'code.objective.direction': 'minimize',
    'code.fingerprint.data': known.dataFingerprint,
    'code.spec_fp': known.fingerprint.slice(0, 16),
    'code.grouping_schema_version': groupingVersion,
    ...(settings.parentRunId && { 'code.parent_run_id': settings.parentRunId }),
    ...settings.tags,
  };
}

/** Tags of the code and the machine, which take a moment to be found out. */
export function codeAndMachineTags(
  config: TrainConfig,
  {
    source,
    specFingerprint,
    code,
    environment,
  }: {
    readonly source: string;
    readonly specFingerprint: string;
    readonly code: CodeVersion | undefined;
    readonly environment: Environment;
  },
): Record<string, string> {
  const execution = fingerprint({ git_sha: code?.commit ?? 'unknown', env: environment }).slice(0, 16);
  const key = `final_training:${basename(config.model)}:spec_${specFingerprint.slice(0, 16)}:exec_${execution}:v1`;
  return {
    ...codeTags(source, code),
    'code.exec_fp': execution,
    'code.run_key_hash': sha256(key),
    'hone.version': environment.packages.hone ?? 'unknown',
    'hone.node': environment.node,
  };
}

/** A value that every tracker takes: ASCII, in one line, not too long. MLflow's own tags may say more. */
export function tagValue(key: string, value: string): string {
  if (key.startsWith('mlflow.')) return value;
  return value
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim()
    .slice(0, longestValue);
}
