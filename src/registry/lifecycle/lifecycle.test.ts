// Lifecycles of versions and models, as MLflow's face shows them too, and what versions tell side by side.
import { expect, test } from 'vitest';
import { StateError } from '../../core/index.ts';
import { describeDatabases } from '../../testing/databases.ts';
import { isProductionReady, openRegistry, registryMigrations } from '../index.ts';

await describeDatabases(registryMigrations, (open) => {
  test('VersionLifecycle leads a version from its first training to deployments, on both faces', async () => {
    const { models, versions, versionLifecycle: life } = openRegistry(await open());
    await models.create('support');
    const created = await versions.create('support', {
      source: '',
      semanticVersion: '1.2.0',
      tags: [{ key: 'hone.lifecycle', value: 'CREATED' }],
    });
    expect(created).toMatchObject({ status: 'PENDING_REGISTRATION', lifecycle: 'CREATED' });
    await expect(life.deploy('support', 1, { deployment: 'eu' })).rejects.toThrow(
      "Cannot deploy version 1.2.0 of 'support': it is CREATED; train it first (allowed from CREATED: startTraining, archive, fail)",
    );
    await life.startTraining('support', 1);
    const trained = await life.completeTraining('support', 1, { source: 's3://b/x', metrics: { loss: 0.1 } });
    expect(trained).toMatchObject({ status: 'READY', source: 's3://b/x', lifecycle: 'TRAINED' });
    await life.startValidation('support', 1, { dataset: 'held-out' });
    const metrics = { accuracy: 0.8, precision: 0.7, recall: 0.7 };
    expect(isProductionReady(await life.completeValidation('support', 1, { metrics }))).toBe(true);
    await life.deploy('support', 1, { deployment: 'eu' });
    await life.deploy('support', 1, { deployment: 'us' });
    await expect(life.undeploy('support', 1, { deployment: 'asia' })).rejects.toThrow(
      'it is deployed to eu, us; name one of these',
    );
    expect(await life.undeploy('support', 1, { deployment: 'eu' })).toMatchObject({ lifecycle: 'DEPLOYED' });
    expect(await life.undeploy('support', 1, { deployment: 'us' })).toMatchObject({ lifecycle: 'VALIDATED' });
    expect(await life.archive('support', 1)).toMatchObject({ lifecycle: 'ARCHIVED', stage: 'Archived' });
    const found = await versions.search({ filter: "tags.`hone.lifecycle` = 'ARCHIVED'" });
    expect(found.items).toHaveLength(1);
  });

  test('a version registered with its files is TRAINED, and hands cannot move it', async () => {
    const { models, versions, tags, versionLifecycle: life } = openRegistry(await open());
    await models.create('m');
    expect(await versions.create('m', { source: 's3://b/x' })).toMatchObject({
      lifecycle: 'TRAINED',
      tags: [],
    });
    await expect(tags.setOfVersion('m', 1, { key: 'hone.lifecycle', value: 'DEPLOYED' })).rejects.toThrow(
      StateError,
    );
    expect(await life.fail('m', 1, { message: 'diverged' })).toMatchObject({
      lifecycle: 'FAILED',
      status: 'READY',
      tags: [
        { key: 'hone.failure', value: 'diverged' },
        { key: 'hone.lifecycle', value: 'FAILED' },
      ],
    });
  });

  test('ModelLifecycle.promoteToProduction wants everything said, then archives what was there', async () => {
    const { models, versions, tags, modelLifecycle: life, insights } = openRegistry(await open());
    await models.create('m');
    await versions.create('m', { source: 's3://b/1' });
    await versions.create('m', { source: 's3://b/2' });
    await versions.transition('m', 1, { stage: 'Production' });
    expect((await life.canDeploy('m')).issues).toEqual([
      'no version is chosen; name one',
      "the model's tags hone.use_cases, hone.data_requirements, hone.business_impact, hone.data_validation, hone.performance_baseline say nothing; set them",
    ]);
    await expect(life.promoteToProduction('m', { version: 2 })).rejects.toThrow(
      "Cannot promote version 2 of 'm' to production: the model's tags hone.use_cases,",
    );
    for (const key of [
      'use_cases',
      'data_requirements',
      'business_impact',
      'data_validation',
      'performance_baseline',
    ])
      await tags.setOfModel('m', { key: `hone.${key}`, value: 'said' });
    expect(await life.promoteToProduction('m', { version: 2, by: 'ada' })).toBe('production');
    expect(await versions.get('m', 1)).toMatchObject({ stage: 'Archived' });
    expect(await models.get('m')).toMatchObject({ stage: 'production', currentVersion: 2 });
    expect(await life.canDeploy('m')).toEqual({ isReady: true, issues: [] });
    expect(await insights.production()).toEqual([{ name: 'm', versions: [2] }]);
    await expect(life.move('m', 'reopen')).rejects.toThrow("Cannot reopen model 'm': it is production");
    expect(await life.move('m', 'archive')).toBe('archived');
  });

  test('Insights compare versions and tell where a metric goes', async () => {
    const { models, versions, insights } = openRegistry(await open());
    await models.create("o'neil");
    const add = (metrics: Readonly<Record<string, number>>) =>
      versions.create("o'neil", {
        source: 's3://b/x',
        tags: [{ key: 'hone.validation_metrics', value: JSON.stringify(metrics) }],
      });
    await add({ accuracy: 0.8, f1_score: 0.7, training_time: 60 });
    await add({ accuracy: 0.9, f1_score: 0.8, training_time: 90 });
    await add({ accuracy: 0.905, f1_score: 0.795, training_time: 30 });
    const better = await insights.compare("o'neil", 1, 2);
    expect(better.recommendation).toBe('second');
    expect(better.metrics[0]).toEqual({ name: 'accuracy', first: 0.8, second: 0.9, difference: 0.9 - 0.8 });
    expect(await insights.compare("o'neil", 2, 3)).toMatchObject({
      recommendation: 'second',
      because: 'it is as good and trains faster',
    });
    expect(await insights.performance("o'neil", 'accuracy')).toMatchObject({
      points: [{ value: 0.8 }, { value: 0.9 }, { value: 0.905 }],
      trend: 'improving',
    });
  });
});
