// The searches put to a large store, and which of the planned runs each must find.
import { finalValue, modelOf, teamOf } from './plan.ts';

export type Query = {
  readonly label: string;
  /** MLflow's grammar has no OR. */
  readonly beyondMlflow?: boolean;
  /** The `turn` changes the constants, so that no server answers from a cache of answers. */
  filter(turn: number): string;
  readonly orderBy: readonly string[];
  /** Undefined where every run matches. */
  matches?(run: number, turn: number): boolean;
};

const byLoss = ['metrics.loss ASC'];
const byStart = ['attributes.start_time DESC'];

const few = (turn: number) => 0.001 + turn * 1e-5;
const many = (turn: number) => 0.5 + turn * 1e-3;
const seed = (turn: number) => 17 + turn * 31;
const models = (turn: number) => modelOf(turn);

export const queries: readonly Query[] = [
  { label: 'no filter, by start_time', filter: () => '', orderBy: byStart },
  { label: 'no filter, by metric', filter: () => '', orderBy: byLoss },
  {
    label: 'metric, 0.1 % match, by metric',
    filter: (turn) => `metrics.loss < ${few(turn)}`,
    orderBy: byLoss,
    matches: (run, turn) => finalValue(run, 'loss') < few(turn),
  },
  {
    label: 'metric, 0.1 % match, by start_time',
    filter: (turn) => `metrics.loss < ${few(turn)}`,
    orderBy: byStart,
    matches: (run, turn) => finalValue(run, 'loss') < few(turn),
  },
  {
    label: 'metric, 50 % match, by metric',
    filter: (turn) => `metrics.accuracy > ${many(turn)}`,
    orderBy: byLoss,
    matches: (run, turn) => finalValue(run, 'accuracy') > many(turn),
  },
  {
    label: 'metric, 50 % match, by start_time',
    filter: (turn) => `metrics.accuracy > ${many(turn)}`,
    orderBy: byStart,
    matches: (run, turn) => finalValue(run, 'accuracy') > many(turn),
  },
  {
    label: 'metric and param, 12 % match, by metric',
    filter: (turn) => `metrics.accuracy > ${many(turn)} and params.model = '${models(turn)}'`,
    orderBy: byLoss,
    matches: (run, turn) => finalValue(run, 'accuracy') > many(turn) && modelOf(run) === models(turn),
  },
  {
    label: 'param, one run matches',
    filter: (turn) => `params.seed = '${seed(turn)}'`,
    orderBy: byStart,
    matches: (run, turn) => run === seed(turn),
  },
  {
    label: 'tag LIKE and metric, 10 % match, by start_time',
    filter: (turn) => `tags.team LIKE 'sp%' and metrics.loss < ${many(turn)}`,
    orderBy: byStart,
    matches: (run, turn) => teamOf(run) === 'speech' && finalValue(run, 'loss') < many(turn),
  },
  {
    label: 'metric OR param, 0.1 % match, by metric',
    beyondMlflow: true,
    filter: (turn) => `metrics.loss < ${few(turn)} OR params.seed = '${seed(turn)}'`,
    orderBy: byLoss,
    matches: (run, turn) => finalValue(run, 'loss') < few(turn) || run === seed(turn),
  },
  {
    label: 'metric OR metric, 75 % match, by start_time',
    beyondMlflow: true,
    filter: (turn) => `metrics.loss < ${many(turn)} OR metrics.accuracy > ${many(turn)}`,
    orderBy: byStart,
    matches: (run, turn) => finalValue(run, 'loss') < many(turn) || finalValue(run, 'accuracy') > many(turn),
  },
];
