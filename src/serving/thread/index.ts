// Models in a thread of their own.
export type { ThreadOptions, ThreadRequest } from './messages.ts';
export { ServingHost, type ServingHostOptions } from './serving-host.ts';
