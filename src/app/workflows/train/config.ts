// The configuration of a training run: composed, checked, and with every default shown.
import { checkTrainConfig, resolveConfig, type TrainConfig, trainSchema } from '../../../training/index.ts';
import { composeConfig, formatConfig, jsonSchema, validateConfig } from '../../../workspace/index.ts';
import { runDestination } from '../../run-destination.ts';

/** Where a configuration comes from. */
export type TrainingSource = {
  /** YAML file; without it the overrides say all. */
  readonly file?: string;
  /** `key=value`, in order. */
  readonly overrides?: readonly string[];
};

/**
 * All that a run reads. Paths in it are relative to the current directory.
 * @throws InputErrors that lists every unknown key, wrong value and option that nothing would read
 */
export async function loadTrainConfig(source: TrainingSource): Promise<TrainConfig> {
  const config = validateConfig(trainSchema, await composeConfig(source));
  checkTrainConfig(config);
  // Before a password in it could be printed or written
  if (config.tracking?.uri) runDestination(config.tracking.uri);
  return resolveConfig(config);
}

/** The configuration as YAML that trains the same run. */
export function formatTrainConfig(config: TrainConfig): string {
  return formatConfig(config);
}

/** JSON Schema of a configuration file, as text. */
export function trainJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(trainSchema), null, 2)}\n`;
}
