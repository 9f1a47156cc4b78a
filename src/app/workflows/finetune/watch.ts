// Turns what training tells into the job's progress and events.
import type { MetricsRow, RunEvent } from '../../../training/index.ts';
import type { JobContext } from '../../job-process/index.ts';
import { stepEvent, type Told, warning } from './events.ts';
import { pathsInConfig } from './job-directory.ts';
import { metricsOf } from './metrics.ts';
import type { FineTuneCheckpoint, FineTuneMetrics, FineTuneProgress } from './spec.ts';

/** How a job stands before anything is known. */
const nothingYet: FineTuneProgress = {
  ...{ phase: 'validating', message: 'Validating the files' },
  ...{ step: 0, totalSteps: 0, epoch: 0, totalEpochs: 0, secondsLeft: null },
  ...{ hyperparameters: null, trainedTokens: 0, metrics: {}, checkpoints: [] },
};

/** What a job tells while it runs. */
export class JobWatch {
  readonly #context: Pick<JobContext, 'emit' | 'progress'>;
  /** The last step that an earlier start has told: what is trained again is not told again. */
  readonly #toldStep: number;
  #progress: FineTuneProgress;
  #stepsPerEpoch = Number.POSITIVE_INFINITY;

  constructor(
    context: Pick<JobContext, 'emit' | 'progress'>,
    {
      checkpoints,
      toldStep,
    }: { readonly checkpoints: readonly FineTuneCheckpoint[]; readonly toldStep: number },
  ) {
    this.#context = context;
    this.#toldStep = toldStep;
    this.#progress = { ...nothingYet, checkpoints };
  }

  get progress(): FineTuneProgress {
    return this.#progress;
  }

  get stepsPerEpoch(): number {
    return this.#stepsPerEpoch;
  }

  tell({ event, options }: Told): void {
    this.#context.emit(event, options);
  }

  set(change: Partial<FineTuneProgress>): void {
    this.#progress = { ...this.#progress, ...change };
    const { metrics, checkpoints, ...plain } = this.#progress;
    this.#context.progress({
      ...plain,
      hyperparameters: plain.hyperparameters && { ...plain.hyperparameters },
      metrics: definite(metrics),
      checkpoints: checkpoints.map((one) => ({ ...one, metrics: definite(one.metrics) })),
    });
  }

  readonly onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'message':
        // Files by the names that they have in the job
        this.tell(warning(event.text.replaceAll(`${pathsInConfig.files}/`, '')));
        break;
      case 'prepare':
        this.set({ phase: 'preparing', message: `${event.what}: ${event.done} of ${event.total}` });
        break;
      case 'start':
        this.set({
          ...{ phase: 'training', message: 'Training', step: event.fromStep, totalSteps: event.totalSteps },
        });
        break;
      case 'step':
        this.#step(event.row, event);
        break;
      case 'evaluation':
        this.set({ phase: 'training', message: `Evaluated at step ${event.step}` });
        break;
      default:
        break;
    }
  };

  #step(
    row: MetricsRow,
    { totalSteps, secondsLeft }: { readonly totalSteps: number; readonly secondsLeft: number },
  ) {
    const { step, epoch = 0, num_tokens: trainedTokens = 0 } = row;
    const metrics = metricsOf(row);
    if (epoch > 0) this.#stepsPerEpoch = Math.round(step / epoch);
    this.set({
      ...{ phase: 'training', message: `Step ${step} of ${totalSteps}`, step, totalSteps, epoch },
      ...{ secondsLeft: Math.round(secondsLeft), trainedTokens, metrics },
    });
    if (step > this.#toldStep) this.tell(stepEvent({ step, totalSteps }, metrics));
  }
}

function definite(metrics: FineTuneMetrics): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
