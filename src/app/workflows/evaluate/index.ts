// Evaluation of a model on held-out data.
export type { Evaluation, EvaluationRequest } from './context.ts';
export { evaluateModel } from './evaluate.ts';
export { metricHelp } from './metric-help.ts';
