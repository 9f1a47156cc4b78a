// The quickstart: from nothing to a tuned model, with a report of what each step changed.
export {
  type ModelName,
  type ModelResult,
  type QuickstartJson,
  type QuickstartResult,
  quickstartJson,
} from './result.ts';
export {
  type QuickstartControl,
  type QuickstartEvent,
  type QuickstartOptions,
  runQuickstart,
} from './run.ts';
export { quickstartSizes } from './settings.ts';
