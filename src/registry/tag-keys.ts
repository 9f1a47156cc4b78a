// Tags with a meaning for the registry.
import { ConflictError, InputError, StateError } from '../core/index.ts';
import type { Tag } from './entities.ts';
import { stateOf } from './lifecycle/machine.ts';
import { checkSemanticVersion, type VersionStatus, versionMachine } from './lifecycle/version.ts';

/**
 * Hone's own facts about a version are tags of it, so that MLflow's clients see them, search by them and carry them along. The
 * lifecycle's are written by transitions alone.
 */
export const tagKeys = {
  prompt: 'mlflow.prompt.is_prompt',
  semanticVersion: 'hone.semantic_version',
  lifecycle: 'hone.lifecycle',
  failure: 'hone.failure',
  deployments: 'hone.deployments',
  validationDataset: 'hone.validation_dataset',
  trainingMetrics: 'hone.training_metrics',
  validationMetrics: 'hone.validation_metrics',
  copiedFrom: 'hone.copied_from',
} as const;

const keptByTransitions: readonly string[] = [tagKeys.lifecycle, tagKeys.deployments];

/** The value of a tag. */
export function tagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

/** Whether tags mark a prompt. */
export function isPrompt(tags: readonly Tag[]): boolean {
  return tags.some(({ key }) => key === tagKeys.prompt);
}

/** Where a version stands: what is registered with its files has been trained, somewhere. */
export function lifecycleOf(tags: readonly Tag[]): VersionStatus {
  const text = tagValue(tags, tagKeys.lifecycle);
  return text === undefined ? 'TRAINED' : stateOf(versionMachine, text);
}

/** Checks the tags of Hone's own that a new version comes with. @throws InputError */
export function checkOwnTags(tags: readonly Tag[]): void {
  lifecycleOf(tags);
  const semanticVersion = tagValue(tags, tagKeys.semanticVersion);
  if (semanticVersion !== undefined) checkSemanticVersion(semanticVersion);
}

/** Whether a tag of an existing version may be set or deleted by hand. @throws StateError, InputError */
export function checkMayChange(
  key: string,
  change: { readonly before: string | undefined; readonly after: string | undefined },
): void {
  const { before, after } = change;
  if (keptByTransitions.includes(key))
    throw new StateError(
      `Cannot change the tag '${key}' by hand: transitions of the lifecycle keep it; use those`,
    );
  if (key !== tagKeys.semanticVersion || before === after) return;
  if (before !== undefined)
    throw new StateError(
      `Cannot change the semantic version ${before}: it was given; register a new version`,
    );
  if (after !== undefined) checkSemanticVersion(after);
}

export function semanticVersionTaken(name: string, semanticVersion: string | undefined): ConflictError {
  return new ConflictError(
    `Cannot give the semantic version ${semanticVersion} twice: a version of '${name}' has it; give a higher one`,
  );
}

/** Numbers by name as a tag's value keeps them. @throws InputError for a number that is not finite */
export function metricsText(metrics: Readonly<Record<string, number>>): string {
  for (const [name, value] of Object.entries(metrics))
    if (!Number.isFinite(value))
      throw new InputError(`Cannot keep the metric '${name}': it is ${value}; give a finite number`);
  return JSON.stringify(metrics);
}

/** The numbers of a tag that {@link metricsText} wrote; empty where anything else stands there. */
export function metricsOf(text: string | undefined): Readonly<Record<string, number>> {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === 'number'));
}

/** The names of a tag that holds a JSON array of them. */
export function namesOf(text: string | undefined): readonly string[] {
  const parsed = parseJson(text);
  return Array.isArray(parsed) ? parsed.filter((name): name is string => typeof name === 'string') : [];
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Somebody else's tag under our key: it tells us nothing.
    return undefined;
  }
}
