// The endpoints of histories of metrics.
import type { Endpoint } from '../../endpoint.ts';
import { getMetricHistory } from './get-metric-history.ts';
import { getMetricHistoryBulk } from './get-metric-history-bulk.ts';
import { getMetricHistoryBulkInterval } from './get-metric-history-bulk-interval.ts';

export const metricEndpoints: readonly Endpoint[] = [
  getMetricHistoryBulkInterval,
  getMetricHistoryBulk,
  getMetricHistory,
];
