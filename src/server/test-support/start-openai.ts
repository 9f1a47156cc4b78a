// A server that speaks OpenAI's protocol over new services, for tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../access/index.ts';
import { type Services, type ServingOptions, workflows } from '../../app/index.ts';
import { byKey } from '../http/authenticate.ts';
import type { OpenAiServices } from '../openai/context.ts';
import { openAiFace } from '../openai/face.ts';
import { type ServeOptions, serve } from '../serve.ts';

export type OpenAiServer = {
  readonly url: string;
  readonly directory: string;
  readonly services: Services;
  /** A key of an owner; of all scopes but admin unless given. */
  readonly keyOf: (owner: string, scopes?: readonly Scope[]) => Promise<string>;
  /** What a client of an owner needs. */
  readonly access: (owner: string) => Promise<{ readonly baseURL: string; readonly apiKey: string }>;
  readonly stop: () => Promise<void>;
};

export type OpenAiServerOptions = Partial<Omit<ServeOptions, 'faces'>> & {
  /** Writes a base model, which is served as `small` and `org/small`; without it they cannot answer. */
  readonly writeModel?: (directory: string) => Promise<void>;
  readonly serving?: ServingOptions;
  /** In place of the services' own. */
  readonly texts?: OpenAiServices['texts'];
};

export async function startOpenAi({
  writeModel = writeConfig,
  serving,
  texts,
  ...options
}: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const directory = mkdtempSync(join(tmpdir(), 'hone-openai-'));
  const base = join(directory, 'small');
  const other = join(directory, 'other');
  for (const place of [base, other]) await writeModel(place);
  const { openServices } = await workflows.services();
  const models = [base, `org/small=${other}`];
  const services = await openServices({ data: join(directory, 'data'), models, ...(serving && { serving }) });
  const { stores } = services;
  const { submitFineTune, cancelFineTune } = await workflows.finetune();
  const face = openAiFace({
    ...{ files: stores.files, jobs: stores.jobs, models: services.catalogue, texts: texts ?? services.texts },
    submitFineTune: (request) => submitFineTune(services, request),
    cancelFineTune: (id, owner) => cancelFineTune(services, id, owner),
  });
  const server = await serve({ port: 0, authenticate: byKey(stores.access), ...options, faces: [face] });
  const keyOf: OpenAiServer['keyOf'] = async (owner, scopes = ['train', 'infer']) =>
    (await stores.access.create({ owner, scopes })).secret.reveal();
  return {
    ...{ url: server.url, directory, services, keyOf },
    access: async (owner) => ({ baseURL: `${server.url}/v1`, apiKey: await keyOf(owner) }),
    async stop() {
      await server.close(0);
      await services.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function writeConfig(directory: string): Promise<void> {
  mkdirSync(directory);
  writeFileSync(join(directory, 'config.json'), '{}');
}
