// A server that speaks OpenAI's protocol over new stores, and unmodified `openai` clients for it, for tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { type ClientOptions } from 'openai';
import type { Scope } from '../../access/index.ts';
import {
  fineTuneKind,
  type ModelCatalogue,
  type Stores,
  type TextService,
  workflows,
} from '../../app/index.ts';
import { openCatalogue } from '../../app/models/index.ts';
import { fineTuneSchema } from '../../app/workflows/finetune/spec.ts';
import { timeOrderedId } from '../../core/index.ts';
import { byKey } from '../http/authenticate.ts';
import { openAiFace } from '../openai/face.ts';
import { asFineTune } from '../openai/fine-tuning/find-job.ts';
import { type ServeOptions, serve } from '../serve.ts';

export type OpenAiServer = {
  readonly url: string;
  readonly directory: string;
  readonly stores: Stores;
  readonly models: ModelCatalogue;
  /** A key of an owner; of all scopes but admin unless given. */
  readonly keyOf: (owner: string, scopes?: readonly Scope[]) => Promise<string>;
  /** A client with a key of an owner. */
  readonly clientOf: (owner: string, options?: ClientOptions) => Promise<OpenAI>;
  readonly stop: () => Promise<void>;
};

export type OpenAiServerOptions = Partial<Omit<ServeOptions, 'faces'>> & {
  /** Directories of base models, by name; without it `small` and `org/small`, which hold nothing. */
  readonly baseModels?: Readonly<Record<string, string>>;
  readonly texts?: (models: ModelCatalogue) => TextService;
};

export async function startOpenAi({
  baseModels,
  texts = () => noTexts,
  ...options
}: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const directory = mkdtempSync(join(tmpdir(), 'hone-openai-'));
  const { openStores } = await workflows.stores();
  const stores = await openStores({ data: join(directory, 'data') });
  const bases = baseModels ?? emptyModels(directory);
  const models = openCatalogue({
    ...{ database: stores.database, registry: stores.registry, artifacts: stores.artifacts },
    ...{ store: stores.modelStore, cache: join(directory, 'cache') },
    baseModels: new Map(Object.entries(bases).map(([id, path]) => [id, { directory: path, createdAt: 1 }])),
  });
  const face = openAiFace({
    ...{ files: stores.files, jobs: stores.jobs, models, texts: texts(models) },
    async submitFineTune({ spec, face, dedupe, ...job }) {
      const submission = await stores.jobs.submit({
        ...{ ...job, id: timeOrderedId('ftjob-'), kind: fineTuneKind, dedupeKey: dedupe },
        spec: fineTuneSchema.parse(spec),
      });
      return { job: asFineTune(submission.job), duplicate: submission.duplicate };
    },
    cancelFineTune: (id, owner) => stores.jobs.cancel(id, owner),
  });
  const authenticate = byKey(stores.access);
  const server = await serve({ port: 0, authenticate, ...options, faces: [face] });
  const keyOf: OpenAiServer['keyOf'] = async (owner, scopes = ['train', 'infer']) =>
    (await stores.access.create({ owner, scopes })).secret.reveal();
  return {
    ...{ url: server.url, directory, stores, models, keyOf },
    clientOf: async (owner, more = {}) =>
      new OpenAI({ baseURL: `${server.url}/v1`, apiKey: await keyOf(owner), ...more }),
    async stop() {
      await server.close(0);
      await stores.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const noTexts: TextService = {
  generate() {
    throw new TypeError('This server answers nothing');
  },
};

function emptyModels(directory: string): Record<string, string> {
  const path = join(directory, 'small');
  mkdirSync(path);
  writeFileSync(join(path, 'config.json'), '{}');
  return { small: path, 'org/small': path };
}
