// MLflow's stages of a version: written in any case, kept in one.
import { InputError } from '../core/index.ts';

/** MLflow's stages, in their order. */
export const stages = ['None', 'Staging', 'Production', 'Archived'] as const;
/** One of {@link stages}. */
export type Stage = (typeof stages)[number];

/** Stages in which a version is in use. */
const activeStages: readonly Stage[] = ['Staging', 'Production'];

/** The stage that a text of any case names. @throws InputError where it names none */
export function stageOf(text: string): Stage {
  const stage = stages.find((known) => known.toLowerCase() === text.toLowerCase());
  if (stage === undefined)
    throw new InputError(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`);
  return stage;
}

/** @throws InputError for a stage of which several versions may always be there */
export function checkIsActive(stage: Stage, written: string): void {
  if (!activeStages.includes(stage))
    throw new InputError(
      `Model version transition cannot archive existing model versions because '${written}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    );
}
