// The registry on both databases: models, versions, aliases and tags with MLflow's meaning and words; deletion that can be undone.
import { expect, test } from 'vitest';
import { ConflictError, NotFoundError } from '../core/index.ts';
import { describeDatabases, type OpenDatabase } from '../testing/databases.ts';
import {
  copyVersion,
  exportVersion,
  importVersion,
  openRegistry,
  type Registry,
  registryMigrations,
} from './index.ts';

await describeDatabases(registryMigrations, (open) => {
  test('Models keep tags in the order in which their keys came first, each with its last value', async () => {
    const { models, tags } = await start(open);
    const given = { tags: [tag('z', '1'), tag('a', '2'), tag('z', '9')], description: '' };
    expect((await models.create('m', given)).tags).toEqual([tag('z', '9'), tag('a', '2')]);
    await tags.setOfModel('m', tag('z', 'new'));
    await tags.setOfModel('m', tag('k', 'v'.repeat(100_000)));
    await tags.deleteOfModel('m', 'a');
    await tags.deleteOfModel('m', 'never');
    expect((await models.get('m')).tags.map(({ key }) => key)).toEqual(['z', 'k']);
  });

  test('Models refuse what MLflow refuses, in its words', async () => {
    const { models, tags, versions, aliases } = await start(open);
    await models.create('m');
    await models.create('p', { tags: [tag('mlflow.prompt.is_prompt', 'true')] });
    const refused = async (work: Promise<unknown>, text: string) => await expect(work).rejects.toThrow(text);
    await refused(models.create('m'), 'Registered Model (name=m) already exists.');
    await refused(
      models.create('p'),
      "Tried to create a registered model with name 'p', but the name is already taken by a prompt. MLflow does not allow creating a model and a prompt with the same name.",
    );
    await refused(models.get('zz'), 'Registered Model with name=zz not found');
    await refused(models.create('a/b'), "Invalid model name 'a/b'. Names cannot contain '/' or ':'.");
    await refused(models.create(' '), "Missing value for required parameter 'name'.");
    await refused(models.create('..'), "This name would resolve to '..'");
    await refused(models.rename('m', ''), "Missing value for required parameter 'new_name'.");
    await refused(models.rename('m', 'p'), 'Registered Model (name=p) already exists.');
    await refused(
      tags.setOfModel('m', tag('über*', 'v')),
      'Invalid value "\\u00fcber*" for parameter \'key\' supplied',
    );
    await refused(tags.setOfModel('m', tag('../x', 'v')), "This name would resolve to '../x'");
    await refused(
      tags.setOfModel('m', tag('k'.repeat(251), '')),
      "'key' exceeds the maximum length of 250 characters",
    );
    await refused(
      versions.create('nomodel', { source: 's3://b/x' }),
      'Registered Model with name=nomodel not found',
    );
    await refused(versions.get('m', 5), 'Model Version (name=m, version=5) not found');
    await refused(versions.get('m', 1e300), 'Model Version (name=m, version=1e+300) not found');
    await versions.create('m', { source: 's3://b/x' });
    await refused(
      aliases.set('m', 'LATEST', { version: 1 }),
      "'latest' alias name (case insensitive) is reserved.",
    );
    await refused(aliases.set('m', 'v1', { version: 1 }), "Version alias name 'v1' is reserved.");
    await refused(
      aliases.set('m', 'a b', { version: 1 }),
      "Invalid alias name: 'a b'. Names may only contain",
    );
    await refused(aliases.set('m', 'a'.repeat(256), { version: 1 }), "'Registered model alias name' exceeds");
    await refused(aliases.set('m', 'a', { version: 7 }), 'Model Version (name=m, version=7) not found');
    await refused(aliases.get('m', 'none'), 'Registered model alias none not found.');
    await refused(aliases.get('p', 'latest'), 'Latest version not found for model p.');
    await refused(
      versions.transition('m', 1, { stage: 'prod' }),
      'Invalid Model Version stage: prod. Value must be one of None, Staging, Production, Archived.',
    );
    await refused(
      versions.transition('m', 1, { stage: 'archived', archiveExisting: true }),
      "because 'archived' is not an Active stage. Valid stages are ['Staging', 'Production']",
    );
  });

  test('Models.rename takes versions, tags and aliases along', async () => {
    const { models, versions, aliases } = await start(open);
    await models.create('a');
    await versions.create('a', { source: 's3://b/x', tags: [tag('k', 'v')] });
    await aliases.set('a', 'champion', { version: 1 });
    expect(await models.rename('a', 'b')).toMatchObject({
      name: 'b',
      aliases: [{ alias: 'champion', version: 1 }],
    });
    expect(await versions.get('b', 1)).toMatchObject({
      name: 'b',
      tags: [tag('k', 'v')],
      aliases: ['champion'],
    });
    await expect(models.get('a')).rejects.toThrow(NotFoundError);
    await models.create('a');
  });

  test('a name is free after deletion, and its earlier owner comes back under it only when it is free again', async () => {
    const { models, versions } = await start(open);
    await models.create('m', { tags: [tag('old', '1')] });
    await versions.create('m', { source: 's3://b/x' });
    await models.delete('m');
    await expect(models.delete('m')).rejects.toThrow('Registered Model with name=m not found');
    await expect(versions.get('m', 1)).rejects.toThrow('Model Version (name=m, version=1) not found');
    expect((await versions.search()).items).toEqual([]);
    await models.create('m');
    expect((await versions.create('m', { source: 's3://b/y' })).version).toBe(1);
    await expect(models.restore('m')).rejects.toThrow(ConflictError);
    await models.rename('m', 'n');
    expect(await models.restore('m')).toMatchObject({
      tags: [tag('old', '1')],
      latestVersions: [{ source: 's3://b/x' }],
    });
  });

  test('Versions.create never gives a number twice, after deletion and purge neither', async () => {
    const { models, versions, aliases, purge } = await start(open);
    await models.create('m');
    for (const expected of [1, 2])
      expect((await versions.create('m', { source: 's3://b/x' })).version).toBe(expected);
    await aliases.set('m', 'champion', { version: 2 });
    await versions.transition('m', 2, { stage: 'production' });
    await versions.delete('m', 2);
    expect((await models.get('m')).aliases).toEqual([]);
    await expect(versions.delete('m', 2)).rejects.toThrow('Model Version (name=m, version=2) not found');
    expect(await versions.restore('m', 2)).toMatchObject({ stage: 'None', source: 's3://b/x', aliases: [] });
    await versions.delete('m', 2);
    await purge();
    await expect(versions.restore('m', 2)).rejects.toThrow('Model Version (name=m, version=2) not found');
    expect((await versions.create('m', { source: 's3://b/x' })).version).toBe(3);
  });

  test('Versions.create gives writers through two connections distinct numbers', async () => {
    const database = await open();
    const first = openRegistry(database);
    const second = openRegistry(await open({ again: database }));
    await first.models.create('m');
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 ? first : second).versions.create('m', { source: 's3://b/x' }),
      ),
    );
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      made.map((_, index) => index + 1),
    );
  });

  test('Versions.transition archives the others, and latest() gives the newest of each stage as it was first reached', async () => {
    const { models, versions } = await start(open);
    await models.create('m');
    for (let made = 0; made < 4; made++) await versions.create('m', { source: 's3://b/x' });
    await versions.transition('m', 2, { stage: 'production', archiveExisting: true });
    expect(await versions.transition('m', 3, { stage: 'PRODUCTION', archiveExisting: true })).toMatchObject({
      stage: 'Production',
    });
    await versions.transition('m', 3, { stage: 'staging' });
    const latest = (await versions.latest('m')).map(({ version, stage }) => [version, stage]);
    expect(latest).toEqual([
      [4, 'None'],
      [2, 'Archived'],
      [3, 'Staging'],
    ]);
    expect((await versions.latest('m', ['none', 'archived'])).map(({ version }) => version)).toEqual([4, 2]);
    expect((await models.get('m')).latestVersions).toHaveLength(3);
  });

  test('Aliases.set moves an alias; latest is the newest version', async () => {
    const { models, versions, aliases } = await start(open);
    await models.create('m');
    await versions.create('m', { source: 's3://b/1' });
    await versions.create('m', { source: 's3://b/2' });
    await versions.transition('m', 1, { stage: 'Production' });
    for (const alias of ['zeta', 'Alpha', 'é']) await aliases.set('m', alias, { version: 1 });
    await aliases.set('m', 'zeta', { version: 2 });
    expect((await models.get('m')).aliases.map(({ alias, version }) => `${alias}${version}`)).toEqual([
      'zeta2',
      'Alpha1',
      'é1',
    ]);
    expect((await aliases.get('m', 'Alpha')).aliases).toEqual(['Alpha', 'é']);
    expect((await aliases.get('m', 'Latest')).version).toBe(2);
    await aliases.delete('m', 'zeta');
    await aliases.delete('m', 'zeta');
    await expect(aliases.get('m', 'zeta')).rejects.toThrow('Registered model alias zeta not found.');
  });

  test('Models.search and Versions.search leave prompts out unless asked for, and page without loss', async () => {
    const { models, versions } = await start(open);
    const prompt = tag('mlflow.prompt.is_prompt', 'true');
    await models.create('p', { tags: [prompt] });
    await versions.create('p', {
      source: 'prompt-template',
      tags: [prompt, tag('mlflow.prompt.text', 'hi')],
    });
    for (const name of ['a', 'b', 'c']) {
      await models.create(name, { tags: [tag('team', name === 'b' ? 'red' : 'blue')] });
      await versions.create(name, {
        source: `s3://b/${name}`,
        runId: `run-${name}`,
        tags: [tag('team', name)],
      });
    }
    const names = async (filter?: string) => (await models.search({ filter })).items.map(({ name }) => name);
    expect(await names()).toEqual(['a', 'b', 'c']);
    expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['p']);
    expect(await names("name LIKE '%' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toEqual(['a', 'b', 'c']);
    expect(await names("tags.team != 'red'")).toEqual(['a', 'c']);
    expect(await names("name ILIKE 'A' OR tags.team = 'red'")).toEqual(['a', 'b']);
    expect(await names("NOT (tags.team = 'red')")).toEqual(['a', 'c']);
    const found = async (filter: string) => (await versions.search({ filter })).items.map(({ name }) => name);
    expect(await found("run_id IN ('run-a', 'run-c')")).toEqual(['c', 'a']);
    expect(await found("source_path = 's3://b/b'")).toEqual(['b']);
    expect(await found("tags.team = 'c' and version_number >= 1")).toEqual(['c']);
    expect(await found("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['p']);
    expect(await found("name = 'p'")).toEqual([]);
    const first = await versions.search({ maxResults: 2 });
    const { nextPageToken: pageToken } = first;
    const second = await versions.search({ maxResults: 2, pageToken });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(second.nextPageToken).toBeUndefined();
    await expect(versions.search({ pageToken, orderBy: ['name ASC'] })).rejects.toThrow(
      'belongs to another filter or order_by',
    );
    await expect(models.search({ maxResults: 1001 })).rejects.toThrow(
      'It must be at most 1000, but got value 1001',
    );
    await expect(versions.search({ maxResults: 0 })).rejects.toThrow(
      'It must be a positive integer, but got 0',
    );
  });

  test('Versions.create follows models:/ sources and asks tracking for logged models', async () => {
    const registered: unknown[] = [];
    const registry = openRegistry(await open(), {
      tracking: {
        runArtifactUri: async () => 'mlflow-artifacts:/1/r/artifacts',
        loggedModel: async (id) => {
          if (id !== 'm-1') throw new NotFoundError(`Logged model with ID '${id}' not found.`);
          return { artifactUri: 'mlflow-artifacts:/1/models/m-1/artifacts', sourceRunId: 'r', metrics: {} };
        },
        versionRegistered: async (...call) => void registered.push(call),
      },
    });
    const { models, versions } = registry;
    await models.create('m');
    const logged = await versions.create('m', { source: 'models:/m-1', modelId: 'm-1', runId: '' });
    expect(logged).toMatchObject({
      source: 'models:/m-1',
      runId: 'r',
      loggedModelId: 'm-1',
      status: 'READY',
    });
    expect(registered).toEqual([['m-1', { name: 'm', version: 1 }]]);
    expect(await versions.downloadUri('m', 1)).toBe('mlflow-artifacts:/1/models/m-1/artifacts');
    await versions.create('m', { source: 'models:/m/1' });
    expect(await versions.downloadUri('m', 2)).toBe('mlflow-artifacts:/1/models/m-1/artifacts');
    const create = (source: string) => versions.create('m', { source });
    await expect(create('models:/m/9')).rejects.toThrow(
      "Unable to fetch model from model URI source artifact location 'models:/m/9'.Error: Model Version (name=m, version=9) not found",
    );
    await expect(create('models:/m@champion')).rejects.toThrow('give a version number');
    await expect(create('models:/m-9')).rejects.toThrow("Logged model with ID 'm-9' not found.");
    await expect(create('models:/a/b/c')).rejects.toThrow('Not a proper models:/ URI: models:/a/b/c.');
    expect((await versions.search()).items).toHaveLength(2);
  });

  test('semantic versions are unique within a model and stay once given', async () => {
    const { models, versions, tags } = await start(open);
    await models.create('m');
    await versions.create('m', { source: 's3://b/x', semanticVersion: '1.2.0' });
    await versions.create('m', { source: 's3://b/x' });
    expect(await versions.getBySemanticVersion('m', '1.2.0')).toMatchObject({
      version: 1,
      semanticVersion: '1.2.0',
    });
    const taken = "Cannot give the semantic version 1.2.0 twice: a version of 'm' has it; give a higher one";
    await expect(versions.create('m', { source: 's3://b/x', semanticVersion: '1.2.0' })).rejects.toThrow(
      taken,
    );
    const give = (version: number, value: string) =>
      tags.setOfVersion('m', version, tag('hone.semantic_version', value));
    await expect(give(2, '1.2.0')).rejects.toThrow(taken);
    await expect(give(2, '1.02.0')).rejects.toThrow("Cannot use '1.02.0' as a semantic version");
    await expect(give(1, '2.0.0')).rejects.toThrow('Cannot change the semantic version 1.2.0: it was given');
    await give(2, '1.2.1');
    const found = await versions.search({ filter: "tags.`hone.semantic_version` = '1.2.1'" });
    expect(found.items.map(({ version }) => version)).toEqual([2]);
  });

  test('purge tells what would go, removes that and no more, and leaves the audit', async () => {
    const { models, versions, tags, purge, audit } = await start(open);
    for (const name of ['keep', 'drop']) {
      await models.create(name, { tags: [tag('k', 'v')] });
      await versions.create(name, { source: `s3://b/${name}`, tags: [tag('k', 'v')] });
    }
    await versions.create('keep', { source: 's3://b/gone' });
    await versions.delete('keep', 2);
    await models.delete('drop');
    const report = {
      models: [{ name: 'drop' }],
      versions: [
        { name: 'keep', version: 2, artifactUri: 's3://b/gone' },
        { name: 'drop', version: 1, artifactUri: 's3://b/drop' },
      ],
      rows: 5,
    };
    expect(await purge({ dryRun: true })).toMatchObject(report);
    expect(await purge({ by: 'ada', reason: 'audit of storage' })).toMatchObject(report);
    expect(await purge()).toEqual({ models: [], versions: [], rows: 0 });
    await expect(models.restore('drop')).rejects.toThrow(
      "Cannot restore 'drop': no deleted model has that name",
    );
    await tags.setOfVersion('keep', 1, tag('k', 'w'));
    expect((await audit.history({ model: 'drop' })).map(({ action, by }) => [action, by])).toEqual([
      ['model.purged', 'ada'],
      ['version.purged', 'ada'],
      ['model.deleted', undefined],
      ['version.created', undefined],
      ['model.created', undefined],
    ]);
  });

  test('copyVersion carries tags, the semantic version and, when told, aliases to another registry', async () => {
    const from = await start(open);
    const to = await start(open);
    await from.models.create('m');
    await from.versions.create('m', {
      source: 's3://b/x',
      description: 'd',
      tags: [tag('k', 'v')],
      semanticVersion: '1.0.0',
    });
    await from.aliases.set('m', 'champion', { version: 1 });
    await from.versions.transition('m', 1, { stage: 'Production' });
    const copied = await copyVersion(
      { registry: from, name: 'm', version: 1 },
      { registry: to, aliases: true, from: 'https://a' },
    );
    expect(copied).toMatchObject({
      name: 'm',
      version: 1,
      stage: 'None',
      description: 'd',
      aliases: ['champion'],
      semanticVersion: '1.0.0',
    });
    expect(copied.tags).toContainEqual(tag('hone.copied_from', 'https://a models:/m/1'));
    const record = JSON.parse(JSON.stringify(await exportVersion(from, 'm', 1)));
    expect(await importVersion(to, record, { name: 'other', source: 's3://c/x' })).toMatchObject({
      name: 'other',
      source: 's3://c/x',
    });
    const [newest] = await to.audit.history({ model: 'other', limit: 1 });
    expect(newest).toMatchObject({ action: 'version.created', reason: 'copied from models:/m/1' });
  });
});

async function start(open: OpenDatabase): Promise<Registry> {
  return openRegistry(await open());
}

function tag(key: string, value: string) {
  return { key, value };
}
