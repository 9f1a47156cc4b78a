// What a job starts from: a base model of the catalogue, or a tuned one, whose adapter is trained on.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../../jobs/index.ts';
import { loraTargets, openAdapter, openModel } from '../../../models/index.ts';
import type { TrainConfig } from '../../../training/index.ts';
import { mergeModel } from '../merge/index.ts';
import { type JobPaths, link, nameModel } from './job-directory.ts';
import type { FineTuneServices } from './services.ts';
import type { FineTuneSpec } from './spec.ts';
import { baseInTunedId } from './tuned-id.ts';

/** A model that is there to be trained. */
export type StartingModel = {
  /** The base model's name: in the catalogue, in the adapter, and below the working directory. */
  readonly base: string;
  /** Its directory. */
  readonly directory: string;
  /** Settings of the adapter that training goes on from; undefined: it begins with a new one. */
  readonly lora: Partial<NonNullable<TrainConfig['lora']>> | undefined;
  /** The adapter that comes out is to be joined to its model: the catalogue has no base under which others would find it. */
  readonly joins: boolean;
};

/**
 * Makes the model ready below the job's directory. Over a base model of the catalogue an adapter is trained; a tuned model's adapter is
 * trained on, so that the result is one adapter over the same base. What is whole, and not a base model, is tuned as it is.
 * @throws NotFoundError for a model that is gone
 */
export async function prepareStart(
  { catalogue }: FineTuneServices,
  { job, spec, paths }: { readonly job: Job; readonly spec: FineTuneSpec; readonly paths: JobPaths },
): Promise<StartingModel> {
  const opened = await catalogue.open(spec.model, { owner: job.owner });
  const name = catalogue.nameOf(opened.base);
  const isNamed = name !== opened.base;
  const base = isNamed ? name : (baseInTunedId(spec.model) ?? spec.model.replaceAll(/[^\w.-]+/g, '-'));
  const wantsAdapter = spec.overrides.lora !== null;
  const goesOn = opened.adapter !== undefined && isNamed && wantsAdapter;
  const directory =
    opened.adapter === undefined || goesOn
      ? opened.base
      : await joined({ base: opened.base, adapter: opened.adapter }, paths.merged);
  await nameModel(paths.working, base, directory);
  if (goesOn && opened.adapter !== undefined) await link(paths.adapter, opened.adapter);
  return {
    base,
    directory,
    lora: goesOn && opened.adapter !== undefined ? await loraOf(opened.adapter, directory) : undefined,
    joins: wantsAdapter && !isNamed,
  };
}

/** The model with its adapter folded in; what an earlier start has made is taken. */
async function joined(
  { base, adapter }: { readonly base: string; readonly adapter: string },
  output: string,
): Promise<string> {
  const isThere = await access(join(output, 'config.json')).then(
    () => true,
    () => false,
  );
  if (!isThere) await mergeModel({ model: base, adapter, output });
  return output;
}

async function loraOf(adapter: string, base: string): Promise<StartingModel['lora']> {
  const opened = await openModel(base);
  await opened.close();
  const held = await openAdapter(adapter, opened.model);
  await held.close();
  const { rank, alpha, rsLora } = held.config;
  return { rank, alpha, rs_lora: rsLora, targets: [...loraTargets(opened.model, held.config)] };
}
