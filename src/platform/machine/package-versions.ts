// Versions of the packages whose code decides a run's numbers.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packages = ['onnxruntime-node', 'tokenizers'] as const;

/** Versions by package name, in the order of the names; what is not installed is absent. */
export async function packageVersions(): Promise<Record<string, string>> {
  const installed = await Promise.all(
    packages.map(async (name) => [name, await installedVersion(name)] as const),
  );
  const entries = [['hone', await ownVersion()] as const, ...installed].flatMap(([name, version]) =>
    version === undefined ? [] : [[name, version] as const],
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Found as Node finds the package, but by its manifest alone: nothing is loaded. */
async function installedVersion(name: string): Promise<string | undefined> {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const version = await versionIn(join(folder, name), name);
    if (version !== undefined) return version;
  }
  return undefined;
}

async function ownVersion(): Promise<string | undefined> {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const version = await versionIn(at, 'hone');
    if (version !== undefined || at === dirname(at)) return version;
  }
}

async function versionIn(directory: string, name: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    if (!('name' in manifest && 'version' in manifest) || manifest.name !== name) return undefined;
    return typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}
