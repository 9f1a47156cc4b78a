// Signatures as OpenAI makes them: https://www.standardwebhooks.com, symmetric.
import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '../core/index.ts';

const prefix = 'whsec_';

/** A new secret: `whsec_` and 256 random bits in base64. */
export function newSigningSecret(): Secret {
  return new Secret(prefix + randomBytes(32).toString('base64'));
}

/** A message as its headers have it. */
export type SignedMessage = {
  readonly id: string;
  /** In whole s since 1970: receivers refuse what is older than some minutes. */
  readonly timestamp: number;
  readonly body: string;
};

/** The headers that prove a message: one signature for each secret, any of which suffices to the receiver. */
export function signatureHeaders(
  { id, timestamp, body }: SignedMessage,
  secrets: readonly Secret[],
): Readonly<Record<string, string>> {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
