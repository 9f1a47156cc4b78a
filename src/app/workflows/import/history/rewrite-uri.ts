// Finds where artifacts lie now that lay elsewhere before the import.
import type { ImportContext } from './context.ts';

/** The URI after the import: of what was copied here, ours; of what was not, where clients reach it. */
export async function rewriteUri({ ledger, source }: ImportContext, uri: string): Promise<string> {
  const [, model, run] = /\/(?:models\/(m-[\w-]+)|([\w-]+))\/artifacts(?:\/|$)/.exec(uri) ?? [];
  const entry =
    model !== undefined
      ? await ledger.find('logged model', model)
      : run !== undefined
        ? await ledger.find('run', run)
        : undefined;
  if (entry !== undefined) {
    const origin = entry.originUri.replace(/\/+$/, '');
    if (uri === origin || uri.startsWith(`${origin}/`)) return entry.target + uri.slice(origin.length);
  }
  return source.remoteUri(uri);
}
