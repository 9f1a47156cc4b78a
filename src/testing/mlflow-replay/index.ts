// Replays recorded conversations of the MLflow client against any server, and says where its answers differ.
export { type Allowance, allowances } from './allowances.ts';
export { type Deviation, deviations } from './deviations.ts';
export {
  type Exchange,
  flowNames,
  type GoldenFlow,
  loadFlow,
  type RecordedAnswer,
  type RecordedRequest,
} from './golden-flow.ts';
export type { Json } from './json.ts';
export { type Difference, type Outcome, replayFlow } from './replay.ts';
export { formatOutcome, formatSummary } from './report.ts';
export { type RunningServer, startCommand } from './running-server.ts';
