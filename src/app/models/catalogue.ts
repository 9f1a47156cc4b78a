// The models of a service: base models of this machine, tuned ones of the database and the blob store, the registry's.
import { join } from 'node:path';
import { InputError, NotFoundError, StateError, sha256, timeOrderedId } from '../../core/index.ts';
import type { Registry } from '../../registry/index.ts';
import { artifactPath, type BlobStore, type Database } from '../../store/index.ts';
import { artifactPlace } from '../artifact-place.ts';
import { findNamed } from '../workflows/models/find-versions.ts';
import type { BaseModels } from './base-models.ts';
import { directoryOf, type StoredFolder, storeDirectory } from './model-files.ts';
import type {
  ModelCatalogue,
  ModelDirectories,
  NewTunedModel,
  ServableModel,
  Visibility,
} from './servable-model.ts';
import { TunedModels, type TunedRow } from './tuned-models.ts';

/** What a catalogue is made of. */
export type CatalogueSource = {
  readonly database: Database;
  readonly registry: Registry;
  /** Where run and model artifacts lie. */
  readonly artifacts: BlobStore;
  /** Where tuned models are kept. */
  readonly store: BlobStore;
  readonly baseModels: BaseModels;
  /** A directory of this machine for copies of what the stores hold. */
  readonly cache: string;
};

const registryPrefix = 'registry:';

/** The catalogue over its stores. */
export function openCatalogue(source: CatalogueSource): ModelCatalogue {
  return new Catalogue(source);
}

class Catalogue implements ModelCatalogue {
  readonly #source: CatalogueSource;
  readonly #tuned: TunedModels;

  constructor(source: CatalogueSource) {
    this.#source = source;
    this.#tuned = new TunedModels(source.database);
  }

  async get(id: string, visibility: Visibility): Promise<ServableModel> {
    const base = this.#base(id);
    if (base !== undefined) return base;
    if (id.startsWith(registryPrefix)) return (await this.#registered(id)).model;
    return servable(await this.#tuned.get(id, visibility));
  }

  async list(visibility: Visibility): Promise<readonly ServableModel[]> {
    const bases = [...this.#source.baseModels.keys()].flatMap((id) => this.#base(id) ?? []);
    return [...bases, ...(await this.#tuned.list(visibility)).map(servable)];
  }

  async open(id: string, visibility: Visibility): Promise<ServableModel & ModelDirectories> {
    const base = this.#source.baseModels.get(id);
    if (base !== undefined) return { ...(await this.get(id, visibility)), base: base.directory };
    if (id.startsWith(registryPrefix)) return await this.#openRegistered(id);
    const row = await this.#tuned.get(id, visibility);
    const place = { store: this.#source.store, folder: artifactPath(row.folder) };
    const directory = await this.#directory(place, row.folder);
    const model = servable(row);
    const { adapterBase } = await import('../../models/index.ts');
    if ((await adapterBase(directory)) === undefined) return { ...model, base: directory };
    // The base is what the adapter was trained over, whoever may ask for that one today
    const under = await this.open(row.base, { owner: undefined });
    return { ...model, base: under.base, adapter: directory };
  }

  nameOf(directory: string): string {
    for (const [id, model] of this.#source.baseModels) if (model.directory === directory) return id;
    return directory;
  }

  async publish(model: NewTunedModel): Promise<ServableModel> {
    const folder = timeOrderedId('model-');
    const { store } = this.#source;
    await storeDirectory(model.directory, { store, folder: artifactPath(folder) });
    const { row, before } = await this.#tuned.put(model, folder);
    if (before !== undefined) await this.#deleteFiles(before);
    return servable(row);
  }

  async delete(id: string, visibility: Visibility): Promise<void> {
    if (this.#base(id) !== undefined)
      throw new StateError(
        `Cannot delete '${id}': it is a base model of this server; take it out of the server's models`,
      );
    if (id.startsWith(registryPrefix))
      throw new StateError(`Cannot delete '${id}': it is the registry's; use 'hone models delete'`);
    const row = await this.#tuned.get(id, visibility);
    await this.#tuned.remove(id);
    await this.#deleteFiles(row.folder);
  }

  #base(id: string): ServableModel | undefined {
    const model = this.#source.baseModels.get(id);
    return model && { id, createdAt: model.createdAt, ownedBy: 'hone', kind: 'base' };
  }

  async #deleteFiles(folder: string): Promise<void> {
    await this.#source.store.delete(artifactPath(folder)).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  async #registered(id: string): Promise<{ readonly model: ServableModel; readonly uri: string }> {
    const { registry } = this.#source;
    const named = id.slice(registryPrefix.length);
    const { model, version } = await findNamed(registry, named).catch((error: unknown) => {
      // A name that no model can have is one that none has.
      throw error instanceof InputError ? new NotFoundError(error.message, { cause: error }) : error;
    });
    if (version === undefined)
      throw new NotFoundError(
        `The model '${id}' names no version: ask for ${registryPrefix}${model.name}/VERSION or ${registryPrefix}${model.name}@ALIAS`,
      );
    const createdAt = Math.floor(version.createdAt / 1000);
    return {
      model: { id, createdAt, ownedBy: 'registry', kind: 'registered' },
      uri: await registry.versions.downloadUri(model.name, version.version),
    };
  }

  async #openRegistered(id: string): Promise<ServableModel & ModelDirectories> {
    const { model, uri } = await this.#registered(id);
    const { store, folder } = await artifactPlace(uri, this.#source.artifacts);
    const place = await modelFolder(store, folder);
    const directory = await this.#directory(place, `registered-${sha256(uri).slice(0, 32)}`);
    // Loaded when a model is used: a server that only tracks needs none of it
    const [{ adapterBase }, { findBase }] = await Promise.all([
      import('../../models/index.ts'),
      import('../model-source.ts'),
    ]);
    const adapter = await adapterBase(directory);
    if (adapter === undefined) return { ...model, base: directory };
    const known = this.#source.baseModels.get(adapter.baseModel ?? '');
    const base = known?.directory ?? (await findBase(directory, adapter.baseModel));
    return { ...model, base, adapter: directory };
  }

  #directory(place: StoredFolder, name: string): Promise<string> {
    return directoryOf(place, join(this.#source.cache, name));
  }
}

/** The folder that holds the model itself: MLflow's formats keep it one level down. */
async function modelFolder(
  store: BlobStore,
  folder: StoredFolder['folder'] | undefined,
): Promise<StoredFolder> {
  for (const inner of ['', 'model', 'data']) {
    const path = [folder, inner].filter(Boolean).join('/');
    const entries = await store.list(path === '' ? undefined : artifactPath(path));
    const names = entries.map((entry) => entry.path.split('/').at(-1) ?? '');
    if (path !== '' && names.some((name) => name === 'config.json' || name === 'adapter_config.json'))
      return { store, folder: artifactPath(path) };
  }
  throw new NotFoundError(
    `Cannot find a model at '${folder ?? store.uri}': it holds no config.json and no adapter_config.json`,
  );
}

function servable({ id, created_at, owner, kind }: TunedRow): ServableModel {
  return { id, createdAt: Math.floor(created_at / 1000), ownedBy: owner, kind };
}
