// Moves models as a whole from development to production and out of it.
import { StateError } from '../../core/index.ts';
import { recordChange } from '../audit/record.ts';
import {
  findModel,
  lockModel,
  type ModelRow,
  type RegistryContext,
  type RegistryReader,
  type RegistryTransaction,
} from '../context.ts';
import type { Change, ModelVersion, Tag } from '../entities.ts';
import { checkModelName } from '../names.ts';
import { tagValue } from '../tag-keys.ts';
import { findVersion, loadVersion } from '../versions/rows.ts';
import { moveToStage, versionsInStage } from '../versions/write.ts';
import { nextState, stateOf } from './machine.ts';
import { type ModelCommand, type ModelStage, modelMachine } from './model.ts';

/** The tags of a model that must say something before it goes to production. */
const requiredTags = [
  'hone.use_cases',
  'hone.data_requirements',
  'hone.business_impact',
  'hone.data_validation',
  'hone.performance_baseline',
] as const;

/** Whether a model may go to production, and what is missing. */
export type Readiness = { readonly isReady: boolean; readonly issues: readonly string[] };

/** The stages of models. Each step throws StateError where the model's stage does not permit it, saying what it permits. */
export class ModelLifecycle {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** Moves a model by any command but promotion. */
  async move(
    name: string,
    command: Exclude<ModelCommand, 'promoteToProduction'>,
    change: Change = {},
  ): Promise<ModelStage> {
    checkModelName(name);
    const now = this.#context.now();
    return await this.#context.tables.write(async (transaction) => {
      const model = await lockModel(transaction, name);
      const after = nextStage(model, command);
      await setStage(transaction, model, { after, now, ...change });
      return after;
    });
  }

  /** What a model lacks for production, with its current version or the one given. @throws NotFoundError */
  async canDeploy(name: string, version?: number): Promise<Readiness> {
    checkModelName(name);
    const reader = this.#context.tables;
    const model = await findModel(reader, name);
    const wanted = version ?? model.current_version;
    const candidate =
      wanted === null ? undefined : await loadVersion(reader, await findVersion(reader, name, wanted));
    const issues = issuesOf(model, await tagsOf(reader, model), candidate);
    return { isReady: issues.length === 0, issues };
  }

  /** Makes a version the one in production: the others there are archived, on MLflow's face too. @throws StateError listing what is missing */
  async promoteToProduction(
    name: string,
    { version, ...change }: Change & { readonly version: number },
  ): Promise<ModelStage> {
    checkModelName(name);
    const now = this.#context.now();
    return await this.#context.tables.write(async (transaction) => {
      const model = await lockModel(transaction, name);
      const row = await findVersion(transaction, name, version);
      const after = nextStage(model, 'promoteToProduction');
      const issues = issuesOf(model, await tagsOf(transaction, model), await loadVersion(transaction, row));
      if (issues.length > 0)
        throw new StateError(
          `Cannot promote version ${version} of '${name}' to production: ${issues.join('; ')}`,
        );
      for (const other of await versionsInStage(transaction, model.id, 'Production'))
        if (other.version !== version)
          await moveToStage(transaction, other, { stage: 'Archived', now, ...change });
      await moveToStage(transaction, row, { stage: 'Production', now, ...change });
      await setStage(transaction, model, { after, version, now, ...change });
      return after;
    });
  }
}

function nextStage({ name, stage }: ModelRow, command: ModelCommand): ModelStage {
  return nextState(modelMachine, {
    state: stateOf(modelMachine, stage),
    command,
    subject: `model '${name}'`,
  });
}

async function setStage(
  transaction: RegistryTransaction,
  model: ModelRow,
  step: Change & { readonly after: ModelStage; readonly version?: number; readonly now: number },
): Promise<void> {
  const { after, version, now, ...change } = step;
  const values = {
    stage: after,
    updated_at: now,
    ...(version === undefined ? {} : { current_version: version }),
  };
  await transaction.db.updateTable('registered_models').set(values).where('id', '=', model.id).execute();
  const { id, name, stage: before } = model;
  const event = { action: 'model.stage', model: { id, name }, before, after } as const;
  await recordChange(transaction, version === undefined ? event : { ...event, version }, { ...change, now });
}

function issuesOf(
  model: ModelRow,
  tags: readonly Tag[],
  version: ModelVersion | undefined,
): readonly string[] {
  const issues: string[] = [];
  if (version === undefined) issues.push('no version is chosen; name one');
  else if (['CREATED', 'TRAINING', 'FAILED', 'ARCHIVED'].includes(version.lifecycle))
    issues.push(`version ${version.version} is ${version.lifecycle}; take one that is trained`);
  if (model.stage === 'archived') issues.push('the model is archived; reopen it');
  const missing = requiredTags.filter((key) => (tagValue(tags, key) ?? '').trim() === '');
  if (missing.length > 0) issues.push(`the model's tags ${missing.join(', ')} say nothing; set them`);
  return issues;
}

async function tagsOf({ db }: RegistryReader, { id }: ModelRow): Promise<readonly Tag[]> {
  return await db
    .selectFrom('registered_model_tags')
    .select(['key', 'value'])
    .where('model', '=', id)
    .execute();
}
