// Addresses to which events are sent.
import { InputError } from '../core/index.ts';

/**
 * The address as it is kept. Refused: what is no http(s) URL; http to another machine, where anybody on the way reads along, unless
 * `insecureHttp` says that this is meant; names and passwords, which lists would show.
 */
export function endpointUrl(text: string, { insecureHttp = false } = {}): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refusal(text, 'it is no address of the form https://HOST/PATH', 'give one');
  if (url.username !== '' || url.password !== '') {
    url.username = '';
    url.password = '';
    throw refusal(
      url.href,
      'it has a user name or a password',
      'leave them out: the signature proves the sender',
    );
  }
  if (url.protocol === 'http:' && !insecureHttp && !isLoopback(url.hostname))
    throw refusal(
      text,
      'http can be read and changed on its way',
      'give https, or allow it by --insecure-http',
    );
  url.hash = '';
  return url.href;
}

/** By name or address; URL has brought other spellings of 127.0.0.1 into this form. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function refusal(url: string, fault: string, remedy: string): InputError {
  return new InputError(`Cannot send events to ${JSON.stringify(url.slice(0, 300))}: ${fault}; ${remedy}`);
}
