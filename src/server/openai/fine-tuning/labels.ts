// What the queue keeps of a job for this protocol alone, as labels: metadata, integrations, the request's fingerprint.
import type { Job } from '../../../jobs/index.ts';
import type { Integration } from './create-request.ts';

const metadataPrefix = 'metadata.';
const integrationsLabel = 'openai.integrations';
/** The fingerprint of the request that made the job: SDKs repeat one whose answer they did not see. */
export const requestLabel = 'openai.request';

type Labels = Readonly<Record<string, string>>;

export function labelsOf(request: {
  readonly metadata: Labels;
  readonly integrations: readonly Integration[];
  readonly fingerprint: string;
}): Labels {
  return {
    ...metadataLabels(request.metadata),
    ...(request.integrations.length > 0 && { [integrationsLabel]: JSON.stringify(request.integrations) }),
    [requestLabel]: request.fingerprint,
  };
}

/** The labels by which jobs with this metadata are found. */
export function metadataLabels(metadata: Labels): Labels {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [`${metadataPrefix}${key}`, value]),
  );
}

/** Null where a job has none, as its maker sent it or left it out. */
export function metadataOf({ labels }: Pick<Job, 'labels'>): Labels | null {
  const pairs = Object.entries(labels).filter(([key]) => key.startsWith(metadataPrefix));
  if (pairs.length === 0) return null;
  return Object.fromEntries(pairs.map(([key, value]) => [key.slice(metadataPrefix.length), value]));
}

export function integrationsOf({ labels }: Pick<Job, 'labels'>): readonly Integration[] {
  return JSON.parse(labels[integrationsLabel] ?? '[]');
}
