// Models by the unmodified client: with colons and slashes in their ids.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI, { type ClientOptions } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenAiServer, startOpenAi } from '../../test-support/start-openai.ts';

const tuned = 'ft:org/small:ann:my-suffix:12345678';

let server: OpenAiServer;
let ann: OpenAI;
beforeAll(async () => {
  server = await startOpenAi();
  ann = await clientOf('ann', { maxRetries: 0 });
  const directory = join(server.directory, 'adapter');
  mkdirSync(directory);
  writeFileSync(join(directory, 'adapter_config.json'), '{}');
  await server.services.catalogue.publish({
    ...{ id: tuned, owner: 'ann', base: 'org/small', kind: 'tuned', jobId: 'ftjob-1', directory },
  });
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

test('models are listed: base models for all, tuned ones for their owner', async () => {
  const ids = async (client: OpenAI) => (await client.models.list()).data.map(({ id }) => id);
  expect(await ids(ann)).toEqual(['small', 'org/small', tuned]);
  expect(await ids(await clientOf('bob'))).toEqual(['small', 'org/small']);
});

test('a model is found by its id, with slashes encoded or not', async () => {
  const model: OpenAI.Model = await ann.models.retrieve('org/small');
  expect(model).toEqual({ id: 'org/small', object: 'model', created: expect.any(Number), owned_by: 'hone' });
  expect(await ann.models.retrieve(tuned)).toMatchObject({ id: tuned, owned_by: 'ann' });
  const headers = { authorization: `Bearer ${await server.keyOf('ann')}` };
  const plain = await fetch(`${server.url}/v1/models/${tuned}`, { headers });
  expect(JSON.parse(await plain.text())).toMatchObject({ id: tuned });
});

test('a model that is not there, or another owner’s, is not found', async () => {
  const unknown = { status: 404, code: 'model_not_found', param: 'model', type: 'invalid_request_error' };
  const bob = await clientOf('bob');
  await expect(ann.models.retrieve('gpt-4o-mini')).rejects.toMatchObject(unknown);
  await expect(bob.models.retrieve(tuned)).rejects.toMatchObject(unknown);
  await expect(bob.models.delete(tuned)).rejects.toMatchObject(unknown);
});

test('a tuned model is deleted by its owner, a base model by nobody', async () => {
  await expect(ann.models.delete('org/small')).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  expect(await ann.models.delete(tuned)).toEqual({ id: tuned, object: 'model', deleted: true });
  await expect(ann.models.retrieve(tuned)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});
