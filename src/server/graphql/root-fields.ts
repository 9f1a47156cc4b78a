// What a query may begin with: the endpoints of the same names answer it.
import type { Call } from '../mlflow/endpoint.ts';
import { listArtifacts } from '../mlflow/endpoints/artifacts/list-artifacts.ts';
import { getExperiment } from '../mlflow/endpoints/experiments/get-experiment.ts';
import { searchDatasets } from '../mlflow/endpoints/inputs/search-datasets.ts';
import { getMetricHistoryBulkInterval } from '../mlflow/endpoints/metrics/get-metric-history-bulk-interval.ts';
import { searchModelVersions } from '../mlflow/endpoints/registry/search-model-versions.ts';
import { getRun } from '../mlflow/endpoints/runs/get-run.ts';
import { searchRuns } from '../mlflow/endpoints/runs/search-runs.ts';
import { messageName } from './message-name.ts';
import { linker } from './run-links.ts';

type Input = { readonly input?: Readonly<Record<string, unknown>> };
type Echo = { readonly inputString?: string | null };

/** The fields of `Query` and `Mutation`, which here changes nothing. */
export function rootFields(call: Call) {
  const withLinks = linker(call);
  return {
    mlflowGetExperiment: ({ input }: Input) => getExperiment.respond(toMessage(input), call),
    mlflowGetMetricHistoryBulkInterval: ({ input }: Input) =>
      // A chart without runs has no points: only here is that no mistake.
      isEmptyList(input?.runIds) ? {} : getMetricHistoryBulkInterval.respond(toMessage(input), call),
    mlflowGetRun: async ({ input }: Input) => {
      const { run } = await getRun.respond(toMessage(input), call);
      return { run: run === undefined ? undefined : withLinks(run) };
    },
    mlflowListArtifacts: ({ input }: Input) => listArtifacts.respond(toMessage(input), call),
    mlflowSearchModelVersions: ({ input }: Input) => searchModelVersions.respond(toMessage(input), call),
    mlflowSearchRuns: async ({ input }: Input) => {
      const page = await searchRuns.respond(toMessage(input), call);
      return { ...page, runs: page.runs?.map(withLinks) };
    },
    mlflowSearchDatasets: ({ input }: Input) => searchDatasets.respond(toMessage(input), call),
    test: ({ inputString }: Echo) => ({ output: inputString }),
    testMutation: ({ inputString }: Echo) => ({ output: inputString }),
  };
}

function toMessage(input: Input['input'] = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [messageName(name), value]));
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
