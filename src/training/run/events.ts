// What a run tells those who watch it.
import type { PreviewSide } from '../../data/index.ts';
import type { MetricsRow } from './metrics-log.ts';

/** One thing that happened in a run. */
export type RunEvent =
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'prepare'; readonly what: string; readonly done: number; readonly total: number }
  | {
      readonly type: 'data';
      /** Examples (pairs for dpo) that are trained on, and held out. */
      readonly train: number;
      readonly eval: number;
      /** Tokens of the longest example that is allowed. */
      readonly maxLength: number;
      /** Examples that were cut to it, and left out because their prompt fills it alone. */
      readonly cut: number;
      readonly dropped: number;
      /** The first training example as the model sees it. */
      readonly first: readonly PreviewSide[];
    }
  | {
      readonly type: 'start';
      readonly totalSteps: number;
      readonly fromStep: number;
      readonly trained: number;
      readonly parameters: number;
      /** What the run is made of, and of that the encoded examples: the same for runs that give the same numbers. */
      readonly fingerprint: string;
      readonly dataFingerprint: string;
    }
  | {
      readonly type: 'step';
      readonly row: MetricsRow;
      readonly totalSteps: number;
      readonly secondsLeft: number;
    }
  | { readonly type: 'evaluation'; readonly step: number; readonly metrics: Readonly<Record<string, number>> }
  | { readonly type: 'checkpoint'; readonly step: number }
  | { readonly type: 'end'; readonly summary: RunSummary };

/** What came of a run; also written to `summary.json`. */
export type RunSummary = {
  readonly steps: number;
  readonly seconds: number;
  readonly tokens: number;
  readonly parameters: number;
  readonly trained: number;
  readonly stoppedEarly: boolean;
  /** The last training row. */
  readonly train: Readonly<Record<string, number>>;
  /** Evaluation before the first step and after the last one (of the best checkpoint, if that is what was kept). */
  readonly evalBefore: Readonly<Record<string, number>> | null;
  readonly evalAfter: Readonly<Record<string, number>> | null;
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Directory of the final model. */
  readonly final: string;
};

/** How a caller watches and stops a run. */
export type RunControl = {
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /**
   * Training goes on when it resolves: the checkpoint stays as long as it is looked at. A run that goes on from one shows it again: an
   * earlier start may have been cut off while it was looked at.
   */
  readonly onCheckpoint?: (checkpoint: SavedCheckpoint) => Promise<void>;
};

/** A checkpoint on disk. */
export type SavedCheckpoint = {
  /** Optimiser steps taken. */
  readonly step: number;
  /** `step-N`, with the state of the run, and in it the directory of a usable model. */
  readonly directory: string;
  readonly model: string;
};
