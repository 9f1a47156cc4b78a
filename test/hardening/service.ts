// A whole service over new stores, with keys of several owners.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../src/access/index.ts';
import { type Services, workflows } from '../../src/app/index.ts';
import { metricsOf, type ServiceSettings, startService } from '../../src/server/index.ts';
import { writeTinyChatModel } from '../../src/testing/tiny-chat-model.ts';

export type HardenedService = {
  readonly url: string;
  readonly root: string;
  readonly services: Services;
  /** A new key. */
  readonly keyOf: (owner: string, ...scopes: readonly Scope[]) => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Starts a service with one base model, `tiny`. `hasKeys`: there is a key before it starts. */
export async function openHardened({
  hasKeys = true,
  ...settings
}: Partial<ServiceSettings> & { readonly hasKeys?: boolean } = {}): Promise<HardenedService> {
  const root = mkdtempSync(join(tmpdir(), 'hone-hardening-'));
  await writeTinyChatModel(join(root, 'tiny'));
  const { openServices } = await workflows.services();
  const services = await openServices({
    ...{ data: join(root, 'data'), models: [join(root, 'tiny')] },
    serving: { slots: 2, threads: 1 },
  });
  const keyOf: HardenedService['keyOf'] = async (owner, ...scopes) =>
    (await services.stores.access.create({ owner, scopes })).secret.reveal();
  if (hasKeys) await keyOf('root', 'admin');
  const service = await startService(
    { services, metrics: metricsOf(() => services) },
    { port: 0, version: '0.0.0', ...settings },
  );
  return {
    ...{ url: service.url, root, services, keyOf },
    async stop() {
      await service.close(0);
      await services.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
