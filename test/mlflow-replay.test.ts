// Recorded conversations of the MLflow client with its own server, held with ours: every answer is MLflow's, but for what differs on
// purpose (src/testing/mlflow-replay/deviations.ts says what, and why).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { workflows } from '../src/app/index.ts';
import { mlflowFace, openArtifactRoots, serve } from '../src/server/index.ts';
import { flowNames, formatOutcome, loadFlow, replayFlow } from '../src/testing/mlflow-replay/index.ts';

test.each(flowNames())('the server answers the flow %s as MLflow does', { timeout: 30_000 }, async (name) => {
  const outcome = await replayFlow(loadFlow(name), await startEmpty());
  expect(outcome.exchanges).toBeGreaterThan(50);
  expect(outcome.differences, formatOutcome(outcome, { limit: 10 })).toEqual([]);
});

/** The address of a server without anything but experiment 0. */
async function startEmpty(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'hone-replay-'));
  const { openStores } = await workflows.stores();
  const stores = await openStores({ data });
  const context = { ...stores, artifacts: await openArtifactRoots(stores.artifacts) };
  const server = await serve({ port: 0, faces: [mlflowFace(context)] });
  onTestFinished(async () => {
    await server.close();
    await stores.close();
    await rm(data, { recursive: true, force: true });
  });
  return server.url;
}
