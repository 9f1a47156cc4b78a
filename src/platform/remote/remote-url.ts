// The form of URLs that others may name.
import { InputError } from '../../core/index.ts';

const longest = 4096;

/** @throws InputError for what is no http(s) URL, and for one that bears a name or a password */
export function remoteUrl(text: string): URL {
  const url = text.length <= longest && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refusal('it is no URL; give one of the form https://HOST/PATH');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refusal(`its protocol is '${url.protocol.slice(0, -1)}'; give an http or https URL`);
  if (url.username !== '' || url.password !== '')
    throw refusal('it has a user name or a password; give a URL that needs none');
  return url;
}

function refusal(reason: string): InputError {
  return new InputError(`Cannot fetch the file: ${reason}`);
}
