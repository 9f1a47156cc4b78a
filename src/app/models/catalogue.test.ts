// The catalogue of models: who sees what, what is kept where, and what is gone when it is deleted.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConflictError, InputError, NotFoundError, StateError } from '../../core/index.ts';
import { openRegistry } from '../../registry/index.ts';
import { migrate, openBlobStore } from '../../store/index.ts';
import { describeDatabases } from '../../testing/databases.ts';
import { migrations } from '../stores.ts';
import { findBaseModels } from './base-models.ts';
import { openCatalogue } from './catalogue.ts';
import type { ModelCatalogue, NewTunedModel } from './servable-model.ts';

const root = mkdtempSync(join(tmpdir(), 'hone-catalogue-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, name);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(path, file, '..'), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return path;
}

const everybody = { owner: undefined };
const ann = { owner: 'ann' };
const bob = { owner: 'bob' };

test('findBaseModels() takes models by name, by directory, and those below a directory', async () => {
  const models = await folder('models', {
    'small/config.json': '{}',
    'org/big/config.json': '{}',
    'notes/readme.txt': 'no model',
  });
  const found = await findBaseModels({ models: [`mine=${models}/small`], modelsDirectory: models });
  expect([...found.keys()]).toEqual(['mine', 'org/big', 'small']);
  expect(found.get('mine')?.directory).toBe(join(models, 'small'));
  await expect(findBaseModels({ models: [`x=${models}/notes`] })).rejects.toThrow('holds no config.json');
  await expect(findBaseModels({ models: [`ft:x=${models}/small`] })).rejects.toThrow(InputError);
  await expect(findBaseModels({ modelsDirectory: join(models, 'nowhere') })).rejects.toThrow(
    'Cannot read the directory of models',
  );
});

await describeDatabases([], (open) => {
  async function catalogue(): Promise<{ models: ModelCatalogue; adapter: string; base: string }> {
    const database = await open();
    await migrate(database, migrations);
    const place = mkdtempSync(join(root, 'store-'));
    const base = await folder(`${place.slice(root.length)}/base`, { 'config.json': '{}' });
    const adapter = await folder(`${place.slice(root.length)}/adapter`, {
      'adapter_config.json': '{"base_model_name_or_path": "elsewhere"}',
      'sub/adapter_model.safetensors': 'weights',
    });
    const models = openCatalogue({
      database,
      registry: openRegistry(database),
      artifacts: await openBlobStore(join(place, 'artifacts')),
      store: await openBlobStore(join(place, 'store')),
      baseModels: new Map([['small', { directory: base, createdAt: 5 }]]),
      cache: join(place, 'cache'),
    });
    return { models, adapter, base };
  }

  const tuned = (directory: string, more: Partial<NewTunedModel> = {}): NewTunedModel => ({
    ...{ id: 'ft:small:hone::abcdefgh', owner: 'ann', base: 'small', kind: 'tuned', jobId: 'ftjob-1' },
    directory,
    ...more,
  });

  test('publish() keeps a copy that only its owner and an admin see', async () => {
    const { models, adapter, base } = await catalogue();
    const published = await models.publish(tuned(adapter));
    expect(published).toMatchObject({ id: 'ft:small:hone::abcdefgh', ownedBy: 'ann', kind: 'tuned' });
    await rmSync(adapter, { recursive: true });
    expect((await models.list(ann)).map(({ id }) => id)).toEqual(['small', 'ft:small:hone::abcdefgh']);
    expect((await models.list(bob)).map(({ id }) => id)).toEqual(['small']);
    await expect(models.get(published.id, bob)).rejects.toThrow(NotFoundError);
    const opened = await models.open(published.id, everybody);
    expect(opened.base).toBe(base);
    expect(await readFile(join(opened.adapter ?? '', 'sub/adapter_model.safetensors'), 'utf8')).toBe(
      'weights',
    );
  });

  test('publish() by the same job replaces, by another is refused', async () => {
    const { models, adapter } = await catalogue();
    await models.publish(tuned(adapter));
    const first = await models.open('ft:small:hone::abcdefgh', ann);
    await writeFile(join(adapter, 'sub/adapter_model.safetensors'), 'better');
    await models.publish(tuned(adapter));
    const second = await models.open('ft:small:hone::abcdefgh', ann);
    expect(second.adapter).not.toBe(first.adapter);
    expect(await readFile(join(second.adapter ?? '', 'sub/adapter_model.safetensors'), 'utf8')).toBe(
      'better',
    );
    await expect(readFile(join(first.adapter ?? '', 'adapter_config.json'))).rejects.toThrow('ENOENT');
    await expect(models.publish(tuned(adapter, { jobId: 'ftjob-2' }))).rejects.toThrow(ConflictError);
  });

  test('delete() takes a tuned model and its files, and no base model', async () => {
    const { models, adapter } = await catalogue();
    await models.publish(tuned(adapter));
    const { adapter: kept = '' } = await models.open('ft:small:hone::abcdefgh', ann);
    await expect(models.delete('ft:small:hone::abcdefgh', bob)).rejects.toThrow(NotFoundError);
    await models.delete('ft:small:hone::abcdefgh', ann);
    await expect(models.open('ft:small:hone::abcdefgh', ann)).rejects.toThrow(NotFoundError);
    await expect(readFile(join(kept, 'adapter_config.json'))).rejects.toThrow('ENOENT');
    await expect(models.delete('small', everybody)).rejects.toThrow(StateError);
    await expect(models.delete('nothing', everybody)).rejects.toThrow(NotFoundError);
  });

  test('open() gives a model of another machine from a copy, made once', async () => {
    const { models, adapter } = await catalogue();
    await expect(models.open('registry:nothing@champion', ann)).rejects.toThrow(NotFoundError);
    await models.publish(tuned(adapter, { id: 'ft:small:hone:x:12345678' }));
    const [one, two] = await Promise.all([
      models.open('ft:small:hone:x:12345678', ann),
      models.open('ft:small:hone:x:12345678', ann),
    ]);
    expect(one.adapter).toBe(two.adapter);
  });
});
