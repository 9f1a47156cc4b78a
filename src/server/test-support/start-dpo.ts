// A server that speaks the DPO service's protocol over new services, for tests. Nobody works on its queue but the test.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../access/index.ts';
import { fineTuneKind, type Services, workflows } from '../../app/index.ts';
import type { ClaimedJob } from '../../jobs/index.ts';
import { readDpoConfig } from '../dpo/config.ts';
import { dpoFace } from '../dpo/face.ts';
import { byKey, trustEverybody } from '../http/authenticate.ts';
import { serve } from '../serve.ts';

export type DpoAnswer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

export type DpoRequest = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

export type DpoServer = {
  readonly url: string;
  readonly services: Services;
  /** What the server's log has of its own faults. */
  readonly faults: readonly string[];
  /** `line` is the verb and the path. */
  readonly ask: (line: string, request?: DpoRequest) => Promise<DpoAnswer>;
  readonly keyOf: (owner: string, scopes?: readonly Scope[]) => Promise<string>;
  /** The next job, in the hands of the test. */
  readonly claim: () => Promise<ClaimedJob>;
  /** Moves the clock of limits, by ms. */
  readonly pass: (ms: number) => void;
  /** As when the server stops. */
  readonly abort: () => void;
  readonly stop: () => Promise<void>;
};

export type DpoServerOptions = {
  /** Variables of the service; 1,000 runs a minute unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of base models, which hold nothing. */
  readonly models?: readonly string[];
  /** Asks for API keys. */
  readonly keys?: boolean;
};

export async function startDpo({
  env = {},
  models = ['tiny'],
  keys = false,
}: DpoServerOptions = {}): Promise<DpoServer> {
  const directory = mkdtempSync(join(tmpdir(), 'hone-dpo-'));
  const services = await openWith(directory, models);
  const { submitFineTune, cancelFineTune } = await workflows.finetune();
  const { stores } = services;
  const stopping = new AbortController();
  let passed = 0;
  const face = dpoFace(
    {
      ...{ files: stores.files, jobs: stores.jobs, models: services.catalogue },
      submitFineTune: (request) => submitFineTune(services, request),
      cancelFineTune: (id, options) => cancelFineTune(services, id, options),
    },
    {
      config: readDpoConfig({ DPO_RATE_LIMIT_PER_MINUTE: '1000', ...env }),
      ...{ version: '9.9.9', stopping: stopping.signal, now: () => Date.now() + passed },
    },
  );
  const faults: string[] = [];
  const server = await serve({
    ...{ port: 0, faces: [face], authenticate: keys ? byKey(stores.access) : trustEverybody },
    log: ({ error }) => error !== undefined && faults.push(error),
  });
  return {
    ...{ url: server.url, services, faults, ask: asker(server.url) },
    keyOf: async (owner, scopes = ['train']) =>
      (await stores.access.create({ owner, scopes })).secret.reveal(),
    claim: () =>
      stores.jobs.waitForClaim(
        { worker: 'test', kinds: [fineTuneKind], leaseMs: 60_000, perGroup: null },
        { pollMs: 20, signal: AbortSignal.timeout(10_000) },
      ),
    pass: (ms) => {
      passed += ms;
    },
    abort: () => stopping.abort(),
    async stop() {
      await server.close(0);
      await services.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function openWith(directory: string, names: readonly string[]): Promise<Services> {
  const models = names.map((name, i) => {
    const place = join(directory, `model-${i}`);
    mkdirSync(place);
    writeFileSync(join(place, 'config.json'), '{}');
    return `${name}=${place}`;
  });
  const { openServices } = await workflows.services();
  return await openServices({ data: join(directory, 'data'), models });
}

function asker(url: string): DpoServer['ask'] {
  return async (line, { body, headers = {}, signal } = {}) => {
    const [method = '', path = ''] = line.split(' ');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: text }),
      ...(signal && { signal }),
    });
    const isJson = answer.headers.get('content-type') === 'application/json';
    const content = await answer.text();
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(content) : content };
  };
}

/** Records of the service's own format. */
export function records(count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    prompt: `Where is parcel ${i}?`,
    responses: [`Parcel ${i} is on its way.`, 'Who knows?'],
    pairs: [[0, 1]],
    sft_target: `Parcel ${i} is on its way.`,
  }));
}
