// The DPO service beside the other protocols of a server: its face, the names under which it is asked, its registration with a gateway.
import { type Services, workflows } from '../../app/index.ts';
import type { Face } from '../http/face.ts';
import type { DpoConfig } from './config.ts';
import { dpoFace } from './face.ts';
import { startRegistration } from './registration.ts';

/** The service, before the server listens. */
export type DpoService = {
  readonly face: Face;
  /** Of the server, for this service: see `GuardOptions`. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Tells the gateway, where there is one, once the server listens. */
  readonly register: () => void;
  /** Answers those who wait for a run, and takes the registration back. */
  readonly close: () => Promise<void>;
};

export type OpenDpoOptions = {
  /** Hone's version. */
  readonly version: string;
  readonly onFault: (task: string, error: unknown) => void;
};

/** Fine-tuning is loaded by the first run, not by the server's start. */
export function openDpoService(
  services: Services,
  config: DpoConfig,
  { version, onFault }: OpenDpoOptions,
): DpoService {
  const { stores, catalogue: models } = services;
  const stop = new AbortController();
  let unregister: (() => Promise<void>) | undefined;
  const face = dpoFace(
    {
      ...{ files: stores.files, jobs: stores.jobs, models },
      submitFineTune: async (request) => (await workflows.finetune()).submitFineTune(services, request),
      cancelFineTune: async (id, options) =>
        (await workflows.finetune()).cancelFineTune(services, id, options),
    },
    { config, version, stopping: stop.signal },
  );
  return {
    face,
    allowedHosts: config.publicBaseUrl === undefined ? [] : [new URL(config.publicBaseUrl).host],
    allowedOrigins: config.directOrigins,
    register() {
      if (config.registration === undefined) return;
      const onRegistrationFault = (error: unknown) => onFault('registration with the gateway', error);
      unregister = startRegistration(config.registration, { version, onFault: onRegistrationFault });
    },
    async close() {
      stop.abort();
      await unregister?.();
    },
  };
}
