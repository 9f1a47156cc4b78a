// What a run leads to in a query: its experiment, and the versions that were registered from it.
import type { Call } from '../mlflow/endpoint.ts';
import { getExperiment } from '../mlflow/endpoints/experiments/get-experiment.ts';
import { searchModelVersions } from '../mlflow/endpoints/registry/search-model-versions.ts';
import type { runMessage } from '../mlflow/messages/run.ts';
import type { Output } from '../mlflow/wire/index.ts';

type Run = Output<typeof runMessage>;
type Versions = NonNullable<Awaited<ReturnType<typeof searchModelVersions.respond>>['model_versions']>;

/** Ids in one search. */
const batchSize = 200;

/** Makes a function that gives runs their links, which are followed when a query asks for them. */
export function linker(call: Call) {
  const experiments = new Map<string, ReturnType<typeof experimentOf>>();
  const versionsOf = batched((runIds) => searchVersions(runIds, call));
  return (run: Run) => ({
    ...run,
    experiment: () => {
      const id = run.info?.experiment_id ?? '';
      const asked = experiments.get(id) ?? experimentOf(id, call);
      experiments.set(id, asked);
      return asked;
    },
    modelVersions: () => versionsOf(run.info?.run_id ?? ''),
  });
}

async function experimentOf(id: string, call: Call) {
  return (await getExperiment.respond({ experiment_id: id }, call)).experiment;
}

async function searchVersions(runIds: readonly string[], call: Call): Promise<Map<string, Versions>> {
  const found = new Map<string, Versions>();
  for (let start = 0; start < runIds.length; start += batchSize) {
    const ids = runIds.slice(start, start + batchSize).map((id) => `'${id}'`);
    const { model_versions = [] } = await searchModelVersions.respond(
      { filter: `run_id IN (${ids.join(',')})` },
      call,
    );
    for (const version of model_versions) {
      const runId = version.run_id ?? '';
      found.set(runId, [...(found.get(runId) ?? []), version]);
    }
  }
  return found;
}

/** The runs of a page ask at once, each for itself: one search answers them all. */
function batched(search: (runIds: readonly string[]) => Promise<Map<string, Versions>>) {
  let open: { readonly runIds: string[]; readonly found: Promise<Map<string, Versions>> } | undefined;
  return async (runId: string): Promise<Versions> => {
    if (open === undefined) {
      const runIds: string[] = [];
      const found = Promise.resolve().then(() => {
        open = undefined;
        return search(runIds);
      });
      open = { runIds, found };
    }
    open.runIds.push(runId);
    return (await open.found).get(runId) ?? [];
  };
}
