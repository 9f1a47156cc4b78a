// What is told of a fine-tuning job: OpenAI's events, in OpenAI's words.
import type { EventOptions, NewEvent } from '../../../jobs/index.ts';
import type { FineTuneCheckpoint, FineTuneMetrics, FineTuneSpec } from './spec.ts';

/** An event, and how it is told. */
export type Told = { readonly event: NewEvent; readonly options: EventOptions };

/** Told once, however often the job is started. */
function milestone(once: string, message: string): Told {
  return { event: { type: 'message', message }, options: { once } };
}

export function createdEvent(jobId: string): Told {
  return milestone('created', `Created fine-tuning job: ${jobId}`);
}

export function validatingEvent({ trainingFile, validationFile }: FineTuneSpec): Told {
  const and = validationFile === null ? '' : ` and validation file: ${validationFile}`;
  return milestone('validating', `Validating training file: ${trainingFile}${and}`);
}

export function validatedEvent(): Told {
  return milestone('validated', 'Files validated, moving job to queued state');
}

export function startedEvent(): Told {
  return milestone('started', 'Fine-tuning job started');
}

/** A later start of the job; OpenAI's jobs say nothing of theirs. */
export function resumedEvent(step: number): Told {
  return {
    event: { type: 'message', message: `Going on from the checkpoint of step ${step}` },
    options: {},
  };
}

/** One optimiser step. */
export function stepEvent(
  { step, totalSteps }: { readonly step: number; readonly totalSteps: number },
  metrics: FineTuneMetrics,
): Told {
  const losses = [
    ['training loss', metrics.train_loss],
    ['validation loss', metrics.valid_loss],
    ['full validation loss', metrics.full_valid_loss],
  ] as const;
  const texts = losses.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value.toFixed(2)}`],
  );
  return {
    event: {
      type: 'metrics',
      message: `Step ${step}/${totalSteps}: ${texts.join(', ')}`,
      data: { step, total_steps: totalSteps, ...present(metrics) },
    },
    options: {},
  };
}

export function checkpointEvent(checkpoint: FineTuneCheckpoint): Told {
  const { step, metrics } = checkpoint;
  return {
    event: {
      type: 'message',
      message: `Checkpoint created at step ${step}`,
      data: { ...checkpoint, metrics: present(metrics) },
    },
    options: { once: `checkpoint-${step}` },
  };
}

export function modelEvent(model: string): Told {
  return milestone('model', `New fine-tuned model created: ${model}`);
}

export function completedEvent(): Told {
  return milestone('completed', 'The job has successfully completed');
}

/** Something that the owner should know and that does not end the job. */
export function warning(message: string): Told {
  return { event: { type: 'message', level: 'warn', message }, options: {} };
}

/** The metrics that have a value. */
export function present(metrics: FineTuneMetrics): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
