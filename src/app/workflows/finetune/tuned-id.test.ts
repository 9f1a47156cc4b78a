import { expect, test } from 'vitest';
import { baseInTunedId, checkpointModelId, runIdOf, tunedModelId } from './tuned-id.ts';

const parts = { base: 'org/small:v2', owner: 'Ann & Co', suffix: 'my: suffix', jobId: 'ftjob-1' };

test('tunedModelId() follows from the job, and holds nothing that has a meaning in an id', () => {
  const id = tunedModelId(parts);
  expect(id).toMatch(/^ft:org\/small:v2:Ann-Co:my-suffix:[0-9a-z]{8}$/);
  expect(tunedModelId(parts)).toBe(id);
  expect(tunedModelId({ ...parts, jobId: 'ftjob-2' })).not.toBe(id);
  expect(tunedModelId({ ...parts, suffix: null })).toMatch(/:Ann-Co::[0-9a-z]{8}$/);
});

test('baseInTunedId() finds the base of models and of their checkpoints', () => {
  const id = tunedModelId(parts);
  expect(baseInTunedId(id)).toBe('org/small:v2');
  expect(baseInTunedId(checkpointModelId(id, 12))).toBe('org/small:v2');
  expect(baseInTunedId('registry:support@champion')).toBeUndefined();
  expect(baseInTunedId('small')).toBeUndefined();
});

test('runIdOf() is an id as all runs have one', () => {
  expect(runIdOf('ftjob-1')).toMatch(/^[0-9a-f]{32}$/);
  expect(runIdOf('ftjob-1')).not.toBe(runIdOf('ftjob-2'));
});
