// The endpoints of traces and assessments.
import type { Endpoint } from '../../endpoint.ts';
import { createAssessment, deleteAssessment, getAssessment, updateAssessment } from './assessments.ts';
import { batchGetTraceInfos } from './batch-get-trace-infos.ts';
import { batchGetTraces } from './batch-get-traces.ts';
import { calculateFilterCorrelation } from './calculate-filter-correlation.ts';
import { deleteTraces } from './delete-traces.ts';
import { getTrace } from './get-trace.ts';
import { getTraceArtifact } from './get-trace-artifact.ts';
import { getTraceInfo } from './get-trace-info.ts';
import { linkPromptsToTrace } from './link-prompts-to-trace.ts';
import { linkTracesToRun } from './link-traces-to-run.ts';
import { endOldTrace, getOldTraceInfo, searchOldTraces, startOldTrace } from './old-traces.ts';
import { queryTraceMetrics } from './query-trace-metrics.ts';
import { searchTraces } from './search-traces.ts';
import { startTrace } from './start-trace.ts';
import { deleteTraceTag, setTraceTag } from './trace-tags.ts';

export const traceEndpoints: readonly Endpoint[] = [
  batchGetTraceInfos,
  batchGetTraces,
  calculateFilterCorrelation,
  createAssessment,
  deleteAssessment,
  deleteTraceTag,
  deleteTraces,
  endOldTrace,
  getAssessment,
  getOldTraceInfo,
  getTrace,
  getTraceArtifact,
  getTraceInfo,
  linkPromptsToTrace,
  linkTracesToRun,
  queryTraceMetrics,
  searchOldTraces,
  searchTraces,
  setTraceTag,
  startOldTrace,
  startTrace,
  updateAssessment,
];
