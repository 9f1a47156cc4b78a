// Brings the history of an MLflow server or folder into the stores of this machine.
import { InterruptedError } from '../../../core/index.ts';
import { openRegistryRestoration } from '../../../registry/index.ts';
import { openRestoration } from '../../../tracking/index.ts';
import { openStores, type StoreLocations } from '../../stores.ts';
import { mlrunsFolderSource } from './folder/mlruns-folder-source.ts';
import { Counter, type ImportCounts } from './history/counts.ts';
import { importAll } from './history/import-all.ts';
import type { ImportedExperiment } from './history/import-experiment.ts';
import { survey } from './history/survey.ts';
import { Ledger } from './ledger.ts';
import { type Problem, Problems } from './problems.ts';
import { mlflowServerSource } from './server/mlflow-server-source.ts';
import type { Source } from './source/source.ts';

/** What to import and where to. */
export type ImportRequest = {
  /** The URL of a server, or a folder of MLflow's file store. */
  readonly from: string;
  readonly to?: StoreLocations;
  /** Only these experiments, and nothing of the registry. */
  readonly experiments?: readonly string[] | undefined;
  /** Whether files are copied; of a folder they are unless told otherwise, of a server they are not. */
  readonly artifacts?: boolean | undefined;
  /** Only counts and tells what would not fit. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (counts: ImportCounts) => void;
  /** Where credentials come from. */
  readonly environment?: NodeJS.ProcessEnv;
};

/** What an import did. */
export type ImportReport = {
  /** Where from; holds no password. */
  readonly source: string;
  readonly dryRun: boolean;
  /** Whether it went to its end. */
  readonly complete: boolean;
  readonly counts: ImportCounts;
  /** By what id each experiment goes here. */
  readonly experiments: readonly ImportedExperiment[];
  /** What did not fit: the first 10,000 of `problemCount`. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
};

/**
 * Imports. What it did until then stays when it is stopped, and the same request goes on from there.
 * @throws InputError for what is no source, ResourceError where the source or the stores fail
 */
export async function importHistory(request: ImportRequest): Promise<ImportReport> {
  const { signal = new AbortController().signal, dryRun = false } = request;
  const source = await openSource(request, signal);
  const problems = new Problems();
  const counter = new Counter(request.onProgress ?? (() => undefined));
  const report = (complete: boolean, experiments: readonly ImportedExperiment[]): ImportReport => ({
    source: source.name,
    dryRun,
    complete,
    counts: counter.counts,
    experiments,
    problems: problems.list,
    problemCount: problems.total,
  });
  const context = { source, counter, tell: problems.tell, signal };
  try {
    const run = dryRun
      ? survey
      : (...[base, names]: Parameters<typeof survey>) => write(base, names, request);
    return report(true, await run(context, request.experiments));
  } catch (error) {
    // A request that was under way fails when it is broken off.
    if (error instanceof InterruptedError || signal.aborted) return report(false, []);
    throw error;
  } finally {
    source.close();
  }
}

async function write(
  base: Parameters<typeof survey>[0],
  names: readonly string[] | undefined,
  { from, to, artifacts = !isUrl(from) }: ImportRequest,
): Promise<readonly ImportedExperiment[]> {
  const stores = await openStores(to);
  try {
    const context = {
      ...base,
      stores,
      ledger: new Ledger(stores.database, base.source.name),
      restoration: openRestoration(stores.database),
      registryRestoration: openRegistryRestoration(stores.database),
      copyArtifacts: artifacts,
    };
    return await importAll(context, names);
  } finally {
    await stores.close();
  }
}

async function openSource({ from, environment }: ImportRequest, signal: AbortSignal): Promise<Source> {
  if (!isUrl(from)) return mlrunsFolderSource(from);
  return await mlflowServerSource(from, { signal, ...(environment && { environment }) });
}

function isUrl(from: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(from) && !/^file:/i.test(from);
}
