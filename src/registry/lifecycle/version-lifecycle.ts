// Moves versions through their lifecycle; the state and what belongs to it are tags of the version.
import { StateError } from '../../core/index.ts';
import { recordChange } from '../audit/record.ts';
import type { RegistryContext } from '../context.ts';
import type { Change, ModelVersion, Tag } from '../entities.ts';
import { checkModelName, checkTag } from '../names.ts';
import { metricsOf, metricsText, namesOf, tagKeys, tagValue } from '../tag-keys.ts';
import { loadVersion, type VersionRow } from '../versions/rows.ts';
import { type HeldVersion, holdVersion, moveToStage, putTag, updateVersion } from '../versions/write.ts';
import { allowedCommands, nextState } from './machine.ts';
import { type VersionCommand, type VersionStatus, versionMachine } from './version.ts';

type Metrics = Readonly<Record<string, number>>;

/** What a step changes besides the state. */
type Step = {
  readonly tags?: readonly Tag[];
  readonly row?: Partial<Pick<VersionRow, 'source' | 'storage_location' | 'status' | 'status_message'>>;
  /** Where the step leads when not where the machine says. */
  readonly to?: VersionStatus;
  readonly subject?: string;
};

/** The lifecycle of versions. Each step throws StateError where the version's state does not permit it, saying what it permits. */
export class VersionLifecycle {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** The steps that a version permits now. */
  allowed(version: ModelVersion): readonly VersionCommand[] {
    return allowedCommands(versionMachine, version.lifecycle);
  }

  async startTraining(name: string, version: number, change: Change = {}): Promise<ModelVersion> {
    return await this.#step(name, version, { command: 'startTraining', change });
  }

  /** `source` is where the trained model lies; from here on clients can download it. */
  async completeTraining(
    name: string,
    version: number,
    { source, metrics = {}, ...change }: Change & { readonly source: string; readonly metrics?: Metrics },
  ): Promise<ModelVersion> {
    const tags = [{ key: tagKeys.trainingMetrics, value: metricsText(metrics) }];
    const row = { source, storage_location: source, status: 'READY' };
    return await this.#step(name, version, {
      command: 'completeTraining',
      change,
      effect: () => ({ tags, row }),
    });
  }

  /** `dataset` is what the version is validated on. */
  async startValidation(
    name: string,
    version: number,
    { dataset, ...change }: Change & { readonly dataset?: string } = {},
  ): Promise<ModelVersion> {
    const tags = dataset === undefined ? [] : [{ key: tagKeys.validationDataset, value: dataset }];
    return await this.#step(name, version, { command: 'startValidation', change, effect: () => ({ tags }) });
  }

  async completeValidation(
    name: string,
    version: number,
    { metrics, ...change }: Change & { readonly metrics: Metrics },
  ): Promise<ModelVersion> {
    const tags = [{ key: tagKeys.validationMetrics, value: metricsText(metrics) }];
    return await this.#step(name, version, {
      command: 'completeValidation',
      change,
      effect: () => ({ tags }),
    });
  }

  /** `deployment` names where it serves; a version can serve in several places. */
  async deploy(
    name: string,
    version: number,
    { deployment, ...change }: Change & { readonly deployment: string },
  ): Promise<ModelVersion> {
    const effect = ({ tags }: ModelVersion) => {
      const present = namesOf(tagValue(tags, tagKeys.deployments));
      return { tags: [deploymentsTag([...new Set([...present, deployment])])], subject: deployment };
    };
    return await this.#step(name, version, { command: 'deploy', change, effect });
  }

  /** Takes one deployment away; without any the version is VALIDATED again. */
  async undeploy(
    name: string,
    version: number,
    { deployment, ...change }: Change & { readonly deployment: string },
  ): Promise<ModelVersion> {
    const effect = (current: ModelVersion): Step => {
      const present = namesOf(tagValue(current.tags, tagKeys.deployments));
      if (!present.includes(deployment))
        throw new StateError(
          `Cannot undeploy ${describe(current)} from '${deployment}': it is deployed to ${present.join(', ')}; name one of these`,
        );
      const left = present.filter((other) => other !== deployment);
      const tags = [deploymentsTag(left)];
      return left.length === 0
        ? { tags, subject: deployment }
        : { tags, subject: deployment, to: 'DEPLOYED' };
    };
    return await this.#step(name, version, { command: 'undeploy', change, effect });
  }

  /** Takes a version out of use, on MLflow's face too: its stage becomes Archived. */
  async archive(name: string, version: number, change: Change = {}): Promise<ModelVersion> {
    return await this.#step(name, version, { command: 'archive', change });
  }

  /** `message` says what went wrong. */
  async fail(
    name: string,
    version: number,
    { message, ...change }: Change & { readonly message: string },
  ): Promise<ModelVersion> {
    const effect = ({ status }: ModelVersion): Step => {
      const tags = [{ key: tagKeys.failure, value: message }];
      // Whoever waits for the registration learns that it will not come.
      if (status === 'READY') return { tags };
      return { tags, row: { status: 'FAILED_REGISTRATION', status_message: message } };
    };
    return await this.#step(name, version, { command: 'fail', change, effect });
  }

  async #step(
    name: string,
    version: number,
    step: {
      readonly command: VersionCommand;
      readonly change: Change;
      readonly effect?: (current: ModelVersion) => Step;
    },
  ): Promise<ModelVersion> {
    checkModelName(name);
    const now = this.#context.now();
    let result: ModelVersion | undefined;
    await this.#context.tables.write((transaction) =>
      holdVersion(transaction, { name, version, now }, async (held) => {
        const current = await loadVersion(transaction, held.row);
        const state = { state: current.lifecycle, command: step.command, subject: describe(current) };
        const next = nextState(versionMachine, state);
        const effect = step.effect?.(current) ?? {};
        const { command, change } = step;
        await writeStep(
          held,
          { ...effect, to: effect.to ?? next },
          { command, change, before: current.lifecycle },
        );
        const query = transaction.db.selectFrom('model_versions').selectAll();
        const row = query.where('model', '=', held.row.model).where('version', '=', version);
        result = await loadVersion(transaction, await row.executeTakeFirstOrThrow());
      }),
    );
    if (result === undefined) throw new TypeError('A unit of work that succeeds has run');
    return result;
  }
}

async function writeStep(
  { transaction, row, now }: HeldVersion,
  effect: Step & { readonly to: VersionStatus },
  step: { readonly command: VersionCommand; readonly change: Change; readonly before: VersionStatus },
): Promise<void> {
  const { command, change, before } = step;
  const tags = [...(effect.tags ?? []), { key: tagKeys.lifecycle, value: effect.to }];
  for (const tag of tags) {
    checkTag(tag);
    await putTag(transaction, row, tag);
  }
  await updateVersion(transaction, row, { ...effect.row, updated_at: now });
  const { model: id, name, version } = row;
  const event = {
    action: 'version.lifecycle',
    model: { id, name },
    version,
    before,
    after: effect.to,
    ...(effect.subject === undefined ? {} : { subject: effect.subject }),
  } as const;
  await recordChange(transaction, event, { ...change, now });
  if (command === 'archive') await moveToStage(transaction, row, { stage: 'Archived', now, ...change });
}

/** The bar for production: accuracy 0.8, precision and recall 0.7, as validated. */
export function isProductionReady({ tags }: ModelVersion): boolean {
  const { accuracy = 0, precision = 0, recall = 0 } = metricsOf(tagValue(tags, tagKeys.validationMetrics));
  return accuracy >= 0.8 && precision >= 0.7 && recall >= 0.7;
}

function deploymentsTag(deployments: readonly string[]): Tag {
  return { key: tagKeys.deployments, value: JSON.stringify(deployments) };
}

function describe({ name, version, semanticVersion }: ModelVersion): string {
  return `version ${semanticVersion ?? version} of '${name}'`;
}
