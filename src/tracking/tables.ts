// The rows of tracking's tables, as the queries of this folder see them.
import type { Generated } from 'kysely';
import type { Lifecycle, RunStatus } from './entities.ts';
import type { InputTables } from './inputs/tables.ts';
import type { LoggedModelTables } from './logged-models/tables.ts';

export type TrackingTables = RunTables & InputTables & LoggedModelTables;

type RunTables = {
  readonly experiments: {
    readonly id: Generated<number>;
    readonly name: string;
    readonly artifact_location: string;
    readonly lifecycle: Lifecycle;
    readonly created_at: number;
    readonly updated_at: number;
  };
  readonly experiment_tags: { readonly experiment: number; readonly key: string; readonly value: string };
  readonly names: { readonly id: Generated<number>; readonly name: string };
  readonly runs: {
    readonly id: Generated<number>;
    readonly run_id: string;
    readonly experiment: number;
    readonly name: string;
    readonly user_id: string;
    readonly status: RunStatus;
    readonly start_time: number;
    readonly end_time: number | null;
    readonly artifact_uri: string;
    readonly lifecycle: Lifecycle;
    readonly deleted_at: number | null;
  };
  readonly params: NamedText;
  readonly run_tags: NamedText;
  readonly metric_points: Point;
  readonly latest_metrics: Point;
};

/** A parameter or a tag: `run` and `name` are row numbers. */
type NamedText = { readonly run: number; readonly name: number; readonly value: string };

/** `value` is 0 where `is_nan` is 1, and never infinite: neither database sorts such values. */
type Point = {
  readonly run: number;
  readonly name: number;
  readonly timestamp: number;
  readonly step: number;
  readonly value: number;
  readonly is_nan: 0 | 1;
};
