// Learning-rate schedules: a multiplier of the peak rate by step, as the Hugging Face trainer counts them.

export type ScheduleName = 'constant' | 'linear' | 'cosine';

export type ScheduleOptions = {
  /** Steps over which the rate rises linearly from zero. */
  readonly warmupSteps: number;
  /**
   * The rate of the first step of the warm-up: `zero`, or `above-zero`, one part of `warmupSteps` + 1, as in the reference DPO
   * trainer. @default 'zero'
   */
  readonly warmupStart?: 'zero' | 'above-zero';
  /** Steps of the whole run. */
  readonly totalSteps: number;
};

/**
 * The multiplier for an optimiser step.
 * @param step counts from 0, so that with warm-up from zero the first step has rate 0
 * @returns linear: falls to 0 at `totalSteps`; cosine: half a cosine to 0; constant: 1; all after the warm-up
 */
export function scheduleMultiplier(name: ScheduleName, step: number, options: ScheduleOptions): number {
  const { warmupSteps, totalSteps } = options;
  if (step < warmupSteps && options.warmupStart === 'above-zero') return (step + 1) / (warmupSteps + 1);
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  if (name === 'constant') return 1;
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  if (name === 'linear') return Math.max(0, 1 - progress);
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress))));
}
