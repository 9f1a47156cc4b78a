// Models and versions from elsewhere: numbers, stages and times as they were, and the audit of how they came.
import { expect, test } from 'vitest';
import { describeDatabases } from '../testing/databases.ts';
import { openRegistry, openRegistryRestoration, registryMigrations } from './index.ts';

const model = {
  name: 'm',
  description: 'd',
  createdAt: 1,
  updatedAt: 2,
  tags: [{ key: 'k', value: 'v' }],
  lastVersion: 7,
};
const version = {
  version: 5,
  description: 'five',
  createdAt: 3,
  updatedAt: 4,
  stage: 'Production',
  source: 's3://b/5',
  storageLocation: 's3://b/5',
  runId: 'r',
  runLink: undefined,
  loggedModelId: undefined,
  status: 'READY' as const,
  statusMessage: undefined,
  tags: [{ key: 'hone.semantic_version', value: '1.0.0' }],
};
const change = { reason: 'imported from x' };

await describeDatabases(registryMigrations, (open) => {
  async function start() {
    const database = await open();
    return { registry: openRegistry(database), restoration: openRegistryRestoration(database) };
  }

  test('RegistryRestoration keeps numbers, stages and times, also when it is repeated, and gives no number again', async () => {
    const { registry, restoration } = await start();
    for (let time = 0; time < 2; time++) {
      await restoration.model(model, change);
      await restoration.version('m', version, change);
    }
    const { tags, ...rest } = version;
    expect(await registry.versions.get('m', 5)).toMatchObject({ ...rest, tags, semanticVersion: '1.0.0' });
    expect(await registry.models.get('m')).toMatchObject({ description: 'd', createdAt: 1, updatedAt: 2 });
    expect((await registry.versions.create('m', { source: 's3://b/8' })).version).toBe(8);
    const history = await registry.audit.history({ model: 'm' });
    expect(history.map(({ action, version: of, reason }) => [action, of, reason])).toEqual([
      ['version.created', 8, undefined],
      ['version.stage', 5, 'imported from x'],
      ['version.created', 5, 'imported from x'],
      ['model.created', undefined, 'imported from x'],
    ]);
  });

  test('RegistryRestoration.version() moves the stage on, and refuses what cannot be', async () => {
    const { registry, restoration } = await start();
    await restoration.model(model, change);
    await restoration.version('m', version, change);
    await restoration.version('m', { ...version, stage: 'archived' }, change);
    expect((await registry.versions.get('m', 5)).stage).toBe('Archived');
    const refused = (part: Partial<typeof version>) =>
      restoration.version('m', { ...version, ...part }, change);
    await expect(refused({ stage: 'prod' })).rejects.toThrow('Invalid Model Version stage: prod');
    await expect(refused({ version: 0 })).rejects.toThrow('numbered from 1 up');
    await expect(refused({ version: 6 })).rejects.toThrow('semantic version 1.0.0 twice');
    await expect(restoration.version('n', version, change)).rejects.toThrow('name=n not found');
    await registry.versions.delete('m', 5);
    await expect(refused({})).rejects.toThrow('it was deleted here');
  });
});
