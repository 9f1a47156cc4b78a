// All that a server offers behind its protocols: the stores, the catalogue of models, and the pool that answers.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinishedText, ModelSnapshot, Precision, ServingHost } from '../serving/index.ts';
import { databaseFileIn, dataDirectory } from './data-directory.ts';
import { type BaseModelOptions, findBaseModels, type ModelCatalogue, openCatalogue } from './models/index.ts';
import { openStores, type StoreLocations, type Stores } from './stores.ts';
import { openTextService, type TextService } from './text-service.ts';

/** Whether there is a database yet: one that is named by its address is taken to be there. */
export async function hasRecords({ data, database }: StoreLocations): Promise<boolean> {
  if (database !== undefined) return true;
  return (await stat(databaseFileIn(dataDirectory(data))).catch(() => undefined)) !== undefined;
}

/** How models answer. */
export type ServingOptions = {
  /** Texts that one model writes at once; 16 unless given. */
  readonly slots?: number | undefined;
  /** The longest sequence, prompt and answer; the model's own unless given, 4,096 at most. */
  readonly contextLength?: number | undefined;
  /** Element type of the weights in memory; float32 unless given. */
  readonly precision?: Precision | undefined;
  /** Base models in memory at once; 4 unless given. */
  readonly maxModels?: number | undefined;
  /** Requests of one model that may wait; 64 unless given. */
  readonly queueLimit?: number | undefined;
  /** Threads of the runtime; one for each core unless given. */
  readonly threads?: number | undefined;
  readonly onFinish?: (text: FinishedText & { readonly base: string }) => void;
};

export type ServiceOptions = StoreLocations & BaseModelOptions & { readonly serving?: ServingOptions };

/** What a server offers. */
export type Services = {
  /** The data directory. */
  readonly data: string;
  readonly stores: Stores;
  readonly catalogue: ModelCatalogue;
  readonly texts: TextService;
  /** The models in memory. */
  readonly loadedModels: () => Promise<readonly ModelSnapshot[]>;
  /** Takes no more texts and waits for those under way, for up to `graceMs`. */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens the services.
 * @throws InputError for places and models that are none; ResourceError where one cannot be reached
 */
export async function openServices({ serving = {}, ...options }: ServiceOptions = {}): Promise<Services> {
  const data = dataDirectory(options.data);
  const baseModels = await findBaseModels(options);
  const stores = await openStores(options);
  const catalogue = openCatalogue({
    ...{ database: stores.database, registry: stores.registry, artifacts: stores.artifacts },
    ...{ store: stores.modelStore, baseModels, cache: join(data, 'models') },
  });
  let opening: Promise<ServingHost> | undefined;
  let host: ServingHost | undefined;
  const openHost = () => {
    opening ??= newHost(serving);
    return opening.then((opened) => {
      host = opened;
      return opened;
    });
  };
  return {
    ...{ data, stores, catalogue, texts: openTextService(catalogue, openHost) },
    loadedModels: async () => (await host?.snapshot()) ?? [],
    async drain(graceMs) {
      if (host === undefined) return;
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([host.drain(), timeout]);
    },
    async close() {
      await (await opening)?.close();
      await stores.close();
    },
  };
}

async function newHost({
  slots,
  contextLength,
  precision,
  threads,
  maxModels,
  queueLimit,
  onFinish,
}: ServingOptions): Promise<ServingHost> {
  const { ServingHost } = await import('../serving/index.ts');
  return new ServingHost({
    runner: {
      ...(slots !== undefined && { slots }),
      ...(precision !== undefined && { precision }),
      ...(contextLength !== undefined && { capacity: contextLength }),
      ...(threads !== undefined && { threads }),
    },
    ...(maxModels !== undefined && { maxModels }),
    ...(queueLimit !== undefined && { engine: { queueLimit } }),
    ...(onFinish && { onFinish }),
  });
}
