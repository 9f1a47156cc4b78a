// All that stores hold of an imported history, for comparison: by names and ids that every import keeps.
import type { Stores } from '../app/index.ts';

/** The content of stores, without numbers that are given anew and without the audit. */
export async function historyOf({ tracking, registry }: Pick<Stores, 'tracking' | 'registry'>) {
  const { items: experiments } = await tracking.experimentSearch.page({ view: 'all', maxResults: 1000 });
  const models = await modelsOf(registry);
  const byName = experiments.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { experiments: await Promise.all(byName.map(contentOf)), models };

  async function contentOf({
    id,
    artifactLocation: _,
    createdAt,
    updatedAt,
    ...experiment
  }: (typeof experiments)[0]) {
    const { items: runs } = await tracking.runSearch.page({
      experimentIds: [id],
      view: 'all',
      maxResults: 5000,
    });
    const { items: logged } = await tracking.loggedModelSearch.page({ experimentIds: [id] });
    return {
      ...experiment,
      // Experiment 0 is made by each database itself.
      times: id === '0' ? undefined : [createdAt, updatedAt],
      loggedModels: logged.map(({ experimentId, artifactUri, ...model }) => model),
      runs: await Promise.all(
        runs.map(async ({ info: { experimentId, artifactUri, ...info }, ...run }) => {
          const { id: row } = await tracking.runs.find(info.runId);
          const histories = run.metrics.map(({ key }) => tracking.history.page(row, { key }));
          return {
            ...run,
            info,
            params: run.params.toSorted(byKey),
            tags: run.tags.toSorted(byKey),
            metrics: run.metrics.toSorted(byKey),
            histories: (await Promise.all(histories)).flatMap(({ items }) => items).sort(byKey),
          };
        }),
      ),
    };
  }
}

async function modelsOf(registry: Stores['registry']) {
  const { items } = await registry.models.search();
  return await Promise.all(
    items.map(async ({ latestVersions: _, ...model }) => {
      const versions = await registry.versions.list(model.name);
      return { ...model, versions: versions.map(({ source, storageLocation, ...version }) => version) };
    }),
  );
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
