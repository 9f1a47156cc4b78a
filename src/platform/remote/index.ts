// Files that others name by URL: fetched from the public internet alone, within limits.
export { type FetchLimits, fetchRemote, type RemoteFetchOptions } from './fetch-remote.ts';
export { isPublicAddress } from './public-address.ts';
export { unpack } from './unpack.ts';
