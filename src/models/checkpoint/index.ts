// Models on disk, as Hugging Face directories.
export { type LoadedModel, loadModel, type OpenedModel, openModel } from './open.ts';
export { type SaveOptions, saveModel } from './save.ts';
