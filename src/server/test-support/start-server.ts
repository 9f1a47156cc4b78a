// A server over new stores in a temporary directory, for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflows } from '../../app/index.ts';
import { openArtifactRoots } from '../mlflow/artifact-roots.ts';
import type { MlflowContext } from '../mlflow/context.ts';
import type { Endpoint } from '../mlflow/endpoint.ts';
import { mlflowFace } from '../mlflow/face.ts';
import { type ServeOptions, serve } from '../serve.ts';

export type TestServer = {
  readonly url: string;
  readonly directory: string;
  readonly context: MlflowContext;
  readonly stop: () => Promise<void>;
};

/** `artifactRoot` may hold `{dir}` for the temporary directory. */
export async function startServer({
  endpoints,
  ...options
}: Partial<Omit<ServeOptions, 'faces'>> & {
  readonly artifactRoot?: string;
  readonly endpoints?: readonly Endpoint[];
} = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'hone-server-'));
  const { openStores } = await workflows.stores();
  const artifactRoot = options.artifactRoot?.replace('{dir}', directory);
  const stores = await openStores({ data: join(directory, 'data'), artifactRoot });
  const context = { ...stores, artifacts: await openArtifactRoots(stores.artifacts, artifactRoot) };
  const server = await serve({ port: 0, ...options, faces: [mlflowFace(context, endpoints)] });
  const stop = async (): Promise<void> => {
    await server.close();
    await stores.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { url: server.url, directory, context, stop };
}
