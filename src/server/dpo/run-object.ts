// A run as callers see it: where it stands, how far it is, how long it will take.
import type { FineTuneMetrics, FineTuneProgress } from '../../app/index.ts';
import { isFinal, type Job, type JobState } from '../../jobs/index.ts';
import type { Run } from './find-run.ts';
import { labels } from './labels.ts';

export type RunStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

const statuses: Readonly<Record<JobState, RunStatus>> = {
  queued: 'queued',
  // It waits for somebody who asked by another protocol
  paused: 'queued',
  running: 'running',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

export function statusOf({ state }: Pick<Job, 'state'>): RunStatus {
  return statuses[state];
}

const phases = {
  validating: 'initializing',
  preparing: 'initializing',
  training: 'training',
  evaluating: 'evaluating',
  saving: 'saving',
  publishing: 'saving',
} as const satisfies Readonly<Record<FineTuneProgress['phase'], string>>;

/** What `GET /runs/{id}` answers. */
export function runObject(run: Run) {
  const { step = 0, totalSteps = 0, epoch = 0, totalEpochs = 0 } = run.progress ?? {};
  const last = lastMetrics(run);
  return {
    run_id: run.id,
    status: statusOf(run),
    metrics: run.state === 'succeeded' ? last : {},
    started_at: seconds(run.startedAt),
    finished_at: seconds(run.finishedAt),
    current_step: step,
    total_steps: totalSteps,
    // The one that is going on, counted from 1
    current_epoch: Math.min(Math.floor(epoch) + (step > 0 ? 1 : 0), Math.ceil(totalEpochs)),
    total_epochs: Math.ceil(totalEpochs),
    progress_percentage: percentage(run),
    current_phase: phaseOf(run),
    phase_message: messageOf(run),
    eta_seconds: run.state === 'running' ? (run.progress?.secondsLeft ?? null) : null,
    last_metrics: last,
    error: run.error?.message ?? null,
    ...described(run),
  };
}

/** What a run was asked for as. */
export function described({ spec, labels: given }: Run) {
  return {
    base_model: spec.model,
    algo: given[labels.algo] ?? null,
    exp_name: given[labels.experiment] ?? null,
    kb_id: given[labels.knowledgeBase] ?? null,
  };
}

/** The newest metrics that have a value. */
export function lastMetrics({ progress }: Run): Readonly<Record<string, number>> {
  const metrics: FineTuneMetrics = progress?.metrics ?? {};
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** A time in s since 1970. */
export function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}

/** To a tenth. All of it only when the run is done. */
function percentage({ state, progress }: Run): number {
  if (state === 'succeeded') return 100;
  if (progress === null || progress.totalSteps === 0) return 0;
  return Math.min(99.9, Math.round((progress.step / progress.totalSteps) * 1000) / 10);
}

function phaseOf({ state, progress }: Run): string {
  if (state === 'succeeded') return 'completed';
  if (progress !== null) return phases[progress.phase];
  return state === 'running' ? 'initializing' : 'queued';
}

function messageOf({ state, progress, error }: Run): string {
  if (state === 'succeeded') return 'Completed';
  if (state === 'cancelled') return 'Cancelled';
  if (state === 'failed') return error?.message ?? 'Failed';
  if (state === 'paused') return 'Paused';
  if (state === 'queued') return 'Waits for a worker';
  return progress?.message ?? 'Starts';
}

/** Whether nothing will change any more. */
export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return isFinal(state);
}
