// A repository's address without what it takes to get in.

/**
 * The address without user, password, query and fragment. Of SSH addresses the user's name stays, which is part of the address
 * (`ssh://git@host/path`, `git@host:path`). Undefined for addresses that cannot be taken apart, and so might hide a password.
 */
export function publicRemoteUrl(url: string): string | undefined {
  if (/^[\w+.-]+::/.test(url)) return undefined;
  if (!/^[\w+.-]+:\/\//.test(url)) return /^[^@/]*:[^/]*@/.test(url) ? undefined : url;
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (!/^(git\+)?ssh:$/.test(parsed.protocol)) parsed.username = '';
  parsed.password = '';
  parsed.search = '';
  parsed.hash = '';
  return parsed.href;
}

/** The address to name of several remotes: `origin`, or else the first. */
export function chooseRemote(remotes: ReadonlyMap<string, string>): string | undefined {
  const url = remotes.get('origin') ?? remotes.values().next().value;
  return url === undefined ? undefined : publicRemoteUrl(url);
}
