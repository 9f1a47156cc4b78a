// The reference interpreter's public face.
export { type Feed, interpret } from './interpret.ts';
export type { Value } from './value.ts';
