// The audit: who moved what and why, and what was in production on that day.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeDatabases } from '../../testing/databases.ts';
import { openRegistry, type Registry, registryMigrations, versionsInStage } from '../index.ts';

await describeDatabases(registryMigrations, (open) => {
  test('Audit.history tells who, what and why, newest first, under every name that the model had', async () => {
    const clock = ticking();
    const { models, versions, aliases, audit } = openRegistry(await open(), { now: clock.now });
    await models.create('a', {}, { by: 'ada' });
    await versions.create('a', { source: 's3://b/1' }, { by: 'ada', reason: 'first' });
    await versions.create('a', { source: 's3://b/2' });
    await aliases.set('a', 'champion', { version: 1, by: 'bob', reason: 'launch' });
    await aliases.set('a', 'champion', { version: 2, by: 'bob', reason: 'faster' });
    await aliases.set('a', 'champion', { version: 2 });
    await models.rename('a', 'b', { by: 'cy' });
    const all = await audit.history({ model: 'b' });
    expect(all).toEqual(await audit.history({ model: 'a' }));
    expect(all.map(({ action }) => action)).toEqual([
      'model.renamed',
      'alias.moved',
      'alias.set',
      'version.created',
      'version.created',
      'model.created',
    ]);
    const [, moved] = all;
    expect(moved).toMatchObject({
      name: 'a',
      by: 'bob',
      reason: 'faster',
      subject: 'champion',
      before: '1',
      after: '2',
      version: 2,
    });
    expect(await audit.history({ model: 'a', limit: 2, before: moved?.id })).toEqual(all.slice(2, 4));
  });

  test('Audit.stateAt answers what was in production on a day, for names used again too', async () => {
    const clock = ticking();
    const { models, versions, audit } = openRegistry(await open(), { now: clock.now });
    await models.create('m');
    await versions.create('m', { source: 's3://b/1' });
    await versions.create('m', { source: 's3://b/2' });
    await versions.transition('m', 1, { stage: 'Production' });
    const monday = clock.last();
    await versions.transition('m', 2, { stage: 'Production', archiveExisting: true });
    const tuesday = clock.last();
    await models.delete('m');
    const wednesday = clock.last();
    await models.create('m');
    const production = async (at: number) => {
      const state = await audit.stateAt('m', at);
      return state && versionsInStage(state, 'Production');
    };
    expect(await production(monday)).toEqual([1]);
    expect(await production(tuesday)).toEqual([2]);
    expect(await production(wednesday)).toBeUndefined();
    expect(await production(clock.last())).toEqual([]);
    expect(await production(0)).toBeUndefined();
  });

  test('Audit.stateAt equals what the registry showed at that time, whatever was done', async () => {
    const operation = fc.record({
      kind: fc.constantFrom(
        'create',
        'alias',
        'unalias',
        'stage',
        'delete',
        'restore',
        'archive',
        'rename',
        'remake',
      ),
      version: fc.integer({ min: 1, max: 4 }),
      alias: fc.constantFrom('champion', 'challenger'),
      stage: fc.constantFrom('None', 'Staging', 'Production', 'Archived'),
    });
    type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
    const database = await open();
    let run = 0;
    const property = fc.asyncProperty(
      fc.array(operation, { minLength: 5, maxLength: 25 }),
      async (operations) => {
        const clock = ticking();
        const registry = openRegistry(database, { now: clock.now });
        let name = `m${++run}`;
        await registry.models.create(name);
        const seen: { readonly at: number; readonly name: string; readonly state: unknown }[] = [];
        for (const step of operations) {
          name = await perform(registry, name, step).catch(() => name);
          seen.push({ at: clock.last(), name, state: await shown(registry, name) });
        }
        for (const { at, name: then, state } of seen)
          expect(await registry.audit.stateAt(then, at)).toMatchObject(state as Record<string, unknown>);
      },
    );
    await fc.assert(property, { numRuns: database.dialect === 'sqlite' ? 40 : 10 });

    async function perform(registry: Registry, name: string, step: Operation): Promise<string> {
      const { models, versions, aliases, versionLifecycle } = registry;
      const { kind, version, alias, stage } = step;
      if (kind === 'create') await versions.create(name, { source: 's3://b/x' });
      if (kind === 'alias') await aliases.set(name, alias, { version });
      if (kind === 'unalias') await aliases.delete(name, alias);
      if (kind === 'stage')
        await versions.transition(name, version, { stage, archiveExisting: stage === 'Production' });
      if (kind === 'delete') await versions.delete(name, version);
      if (kind === 'restore') await versions.restore(name, version);
      if (kind === 'archive') await versionLifecycle.archive(name, version);
      if (kind === 'rename') return (await models.rename(name, `${name}r`)).name;
      if (kind === 'remake') {
        await models.delete(name);
        if (version > 2) await models.restore(name);
        else await models.create(name);
      }
      return name;
    }
  });
});

/** The registry's own answer, in the shape of the audit's. */
async function shown({ models, versions }: Registry, name: string) {
  const model = await models.get(name);
  const items = await versions.list(name);
  return {
    name,
    isLive: true,
    aliases: Object.fromEntries(model.aliases.map(({ alias, version }) => [alias, version])),
    versions: Object.fromEntries(
      items.map(({ version, stage, lifecycle }) => [version, { stage, lifecycle }]),
    ),
  };
}

/** A clock that goes on by one millisecond each time it is read. */
function ticking() {
  let time = 1_000;
  return { now: () => ++time, last: () => time };
}
