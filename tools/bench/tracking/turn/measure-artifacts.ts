// One file of 50 MB sent through the artifact proxy and fetched again.
import { randomBytes } from 'node:crypto';
import type { Readings } from '../measures.ts';
import { median } from '../statistics.ts';
import type { TrackingClient } from '../tracking-client.ts';
import { repeat } from './repeat.ts';

export const ARTIFACT_BYTES = 50_000_000;

export async function measureArtifacts(client: TrackingClient): Promise<Readings> {
  const experiment = await client.createExperiment('artifacts');
  const { value: run } = await client.createRun(experiment);
  const body = randomBytes(ARTIFACT_BYTES);
  const times = { times: 3, warmUp: 1 };
  const put = await repeat(times, () => client.putArtifact(run, { name: 'model.bin', body }));
  const get = await repeat(times, async () => {
    const answer = await client.getArtifact(run, 'model.bin');
    if (!answer.body.equals(body)) throw new Error('Cannot go on: the artifact came back changed');
    return answer;
  });
  return { putArtifact: median(put) / 1000, getArtifact: median(get) / 1000 };
}
