// What a run is trained with: the service's settings where they make sense on one machine.
import type { NewFineTuneSpec } from '../../app/index.ts';
import type { TriggerRequest } from './run-request.ts';

export type RunParts = {
  readonly model: string;
  readonly trainingFile: string;
  readonly timeLimitSeconds: number;
};

/**
 * One epoch, beta 0.1, seed 0, prompts shortened as the reference trainer shortens them. Not the service's 128 examples a step at 3e-6:
 * those are for all weights of a large model on many devices, and here an adapter is trained.
 */
export function runSpec(
  { algo, experiment }: Pick<TriggerRequest, 'algo' | 'experiment'>,
  { model, trainingFile, timeLimitSeconds }: RunParts,
): NewFineTuneSpec {
  return {
    ...{ model, trainingFile, timeLimitSeconds, seed: 0, suffix: experiment },
    method: algo === 'sft' ? 'supervised' : 'dpo',
    hyperparameters: { epochs: 1, ...(algo !== 'sft' && { beta: 0.1 }) },
    overrides: {
      data: { truncation: 'limit-prompt-start', on_long_prompt: 'cut' },
      ...(algo === 'ipo' && { dpo: { loss: 'ipo' } }),
    },
    minimumExamples: 1,
    deleteFiles: true,
  };
}
