// Secrets that are planted into a real service, and where they must not be found again.
import { randomBytes } from 'node:crypto';

const secret = (what: string): string => `planted-${what}-${randomBytes(12).toString('hex')}`;

/** By the variable through which each comes to the service. */
export const planted: Readonly<Record<string, string>> = {
  DPO_GATEWAY_SHARED_SECRET: secret('gateway'),
  DPO_REGISTER_SECRET: secret('register'),
  MLFLOW_TRACKING_TOKEN: secret('mlflow'),
  AWS_SECRET_ACCESS_KEY: secret('s3'),
  AWS_SESSION_TOKEN: secret('session'),
  OPENAI_API_KEY: secret('openai'),
  HF_TOKEN: secret('hf'),
};

/** What goes to the collector, and to nobody else. */
export const collectorToken: string = secret('otel');

/** Where a text holds one of the secrets: the name, never the secret, for the report of a test. */
export function leaksIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, value]) => {
    const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64')];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}
