// The endpoints about the server itself.
import type { Endpoint } from '../../endpoint.ts';
import { getServerInfo } from './get-server-info.ts';
import { health } from './health.ts';
import { version } from './version.ts';

export const serverEndpoints: readonly Endpoint[] = [health, version, getServerInfo];
