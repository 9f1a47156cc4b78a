// Configuration: composed from files and overrides as Hydra does, then checked by one schema.
export { type ComposedConfig, type ComposeOptions, composeConfig } from './compose.ts';
export { formatConfig } from './format.ts';
export type { Environment, Resolver, Resolvers } from './interpolate.ts';
export { type JsonSchema, jsonSchema } from './json-schema.ts';
export type { KeyPath } from './tree.ts';
export { validateConfig } from './validate.ts';
