// POST traces/calculate-filter-correlation: how far traces that meet one filter meet another too.
import { endpoint } from '../../endpoint.ts';
import { requireList } from '../../messages/traces.ts';
import { double, int32, repeated, required, string } from '../../wire/index.ts';

export const calculateFilterCorrelation = endpoint({
  route: 'POST /api/3.0/mlflow/traces/calculate-filter-correlation',
  request: {
    experiment_ids: repeated(string()),
    filter_string1: required(string()),
    filter_string2: required(string()),
    base_filter: string(),
  },
  response: {
    npmi: double(),
    npmi_smoothed: double(),
    filter1_count: int32(),
    filter2_count: int32(),
    joint_count: int32(),
    total_count: int32(),
  },
  handle: async ({ request, context }) => {
    const found = await context.tracking.tracing.search.correlate({
      experimentIds: requireList('experiment_ids', request.experiment_ids),
      first: request.filter_string1,
      second: request.filter_string2,
      base: request.base_filter,
    });
    return {
      npmi: known(found.npmi),
      npmi_smoothed: known(found.npmiSmoothed),
      filter1_count: found.first,
      filter2_count: found.second,
      joint_count: found.joint,
      total_count: found.total,
    };
  },
});

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
