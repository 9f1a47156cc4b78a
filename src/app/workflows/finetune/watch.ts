// Turns what training tells into the job's progress and events.
import type { MetricsRow, RunEvent } from '../../../training/index.ts';
import type { JobContext } from '../../job-process/index.ts';
import { resumedEvent, stepEvent, type Told, warning } from './events.ts';
import { pathsInConfig } from './job-directory.ts';
import { metricsOf } from './metrics.ts';
import type { FineTuneCheckpoint, FineTuneMetrics, FineTuneProgress } from './spec.ts';

/** How a job stands before anything is known. */
const nothingYet: FineTuneProgress = {
  ...{ phase: 'validating', message: 'Validating the files' },
  ...{ step: 0, totalSteps: 0, epoch: 0, totalEpochs: 0, secondsLeft: null },
  ...{ hyperparameters: null, trainedTokens: 0, metrics: {}, checkpoints: [] },
};

/** What is known of a job before it tells anything. */
export type KnownOfJob = {
  /** That an earlier start has published. */
  readonly checkpoints: readonly FineTuneCheckpoint[];
  /** The last step that an earlier start has told: what is trained again is not told again. */
  readonly toldStep: number;
  /** Whether there is held-out data. */
  readonly evaluates: boolean;
};

/** What a job tells while it runs. */
export class JobWatch {
  readonly #context: Pick<JobContext, 'emit' | 'progress'>;
  readonly #known: KnownOfJob;
  /** What earlier starts have logged. */
  #logged: readonly MetricsRow[] = [];
  #fromStep = 0;
  #progress: FineTuneProgress;

  constructor(context: Pick<JobContext, 'emit' | 'progress'>, known: KnownOfJob) {
    this.#context = context;
    this.#known = known;
    this.#progress = { ...nothingYet, checkpoints: known.checkpoints };
  }

  /** The step of the checkpoint from which this start of the job goes on; 0: from the beginning. */
  get fromStep(): number {
    return this.#fromStep;
  }

  get progress(): FineTuneProgress {
    return this.#progress;
  }

  tell({ event, options }: Told): void {
    this.#context.emit(event, options);
  }

  /** Takes the rows that earlier starts have logged, before training goes on from where they came to. */
  takeLogged(rows: readonly MetricsRow[]): void {
    this.#logged = rows;
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
        this.#start(event);
        break;
      case 'step':
        this.#step(event.row, event);
        break;
      case 'evaluation':
        this.set({ phase: 'training', message: `Evaluated at step ${event.step}` });
        break;
      case 'checkpoint':
        this.set({ phase: 'saving', message: `Saving the checkpoint of step ${event.step}` });
        break;
      default:
        break;
    }
  };

  #start({ fromStep: step, totalSteps }: Extract<RunEvent, { readonly type: 'start' }>): void {
    this.#fromStep = step;
    // A start that was killed may have trained steps of which it could not tell any more
    for (const row of this.#logged) if (row.step <= step) this.#step(row, { totalSteps, secondsLeft: 0 });
    if (step > 0) this.tell(resumedEvent(step));
    const training = { phase: 'training', message: 'Training' } as const;
    const evaluating = { phase: 'evaluating', message: 'Evaluating before the first step' } as const;
    const phase = this.#known.evaluates && step === 0 ? evaluating : training;
    this.set({ ...phase, step, totalSteps, secondsLeft: null });
  }

  #step(
    row: MetricsRow,
    { totalSteps, secondsLeft }: { readonly totalSteps: number; readonly secondsLeft: number },
  ) {
    const { step, epoch = 0, num_tokens: trainedTokens = 0 } = row;
    const metrics = metricsOf(row);
    this.set({
      ...{ phase: 'training', message: `Step ${step} of ${totalSteps}`, step, totalSteps, epoch },
      ...{ secondsLeft: Math.round(secondsLeft), trainedTokens, metrics },
    });
    if (step > this.#known.toldStep) this.tell(stepEvent({ step, totalSteps }, metrics));
  }
}

function definite(metrics: FineTuneMetrics): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
