// The models that a service can talk with and tune.
export { type BaseModelOptions, type BaseModels, findBaseModels } from './base-models.ts';
export { type CatalogueSource, openCatalogue } from './catalogue.ts';
export { fetchFolder, type StoredFolder, storeDirectory } from './model-files.ts';
export type * from './servable-model.ts';
export { tunedModelsMigration } from './tuned-models.ts';
