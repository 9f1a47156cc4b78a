// The endpoints of runs.
import type { Endpoint } from '../../endpoint.ts';
import { createPromptlabRun } from './create-promptlab-run.ts';
import { createRun } from './create-run.ts';
import { deleteRun } from './delete-run.ts';
import { deleteTag } from './delete-tag.ts';
import { getRun } from './get-run.ts';
import { logBatch } from './log-batch.ts';
import { logMetric } from './log-metric.ts';
import { logParameter } from './log-parameter.ts';
import { restoreRun } from './restore-run.ts';
import { searchRuns } from './search-runs.ts';
import { setTag } from './set-tag.ts';
import { updateRun } from './update-run.ts';

export const runEndpoints: readonly Endpoint[] = [
  createRun,
  createPromptlabRun,
  deleteRun,
  deleteTag,
  getRun,
  logBatch,
  logMetric,
  logParameter,
  restoreRun,
  searchRuns,
  setTag,
  updateRun,
];
