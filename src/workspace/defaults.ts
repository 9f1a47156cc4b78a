// The `defaults` list, as Hydra's: which files a configuration is composed of, in which order and under which keys.
import { stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { isSystemError } from '../core/index.ts';
import { type DefaultEntry, parseDefaults } from './defaults-entry.ts';
import { type Choices, knownOptions } from './group-choices.ts';
import { faultAt, type MapNode, nest, type Origin } from './tree.ts';
import { readYamlSource, type YamlSource } from './yaml-source.ts';

/** Where composition stands: the configuration's directory, what the command line chose, and the files it is within. */
type Walk = { readonly root: string; readonly choices: Choices; readonly within: readonly string[] };

/** A file's place: its directory below the root (with '/'), and the keys under which its content goes. */
type Place = { readonly group: string; readonly keys: string };

/**
 * The contents of a configuration file and of all that its defaults list names, each nested under its package's keys, in the order
 * in which they are to be merged. A list without `_self_` has it at its end: the file wins over what it is based on.
 */
export async function loadWithDefaults(file: string, choices: Choices): Promise<readonly MapNode[]> {
  const walk: Walk = { root: dirname(file), choices, within: [file] };
  const source = await readYamlSource(file);
  const own = await expand(source, { group: '', keys: '' }, walk);
  const added: MapNode[] = [];
  for (const { entry, origin } of choices.additions)
    added.push(...(await load({ ...entry, origin }, { group: '', keys: '' }, walk)));
  return [...own, ...added];
}

async function expand(source: YamlSource, place: Place, walk: Walk): Promise<readonly MapNode[]> {
  const entries = source.defaults === undefined ? [] : parseDefaults(source.defaults);
  for (const entry of entries) {
    if (entry.kind === 'group' && entry.override) walk.choices.overrideFrom(groupPath(entry, place), entry);
  }
  const self = nest(place.keys === '' ? [] : place.keys.split('.'), source.content);
  const result: MapNode[] = [];
  for (const entry of entries) {
    if (entry.kind === 'self') result.push(self);
    else if (entry.kind === 'file' || !entry.override) result.push(...(await load(entry, place, walk)));
  }
  if (!entries.some((entry) => entry.kind === 'self')) result.push(self);
  return result;
}

async function load(
  entry: Exclude<DefaultEntry, { kind: 'self' }>,
  place: Place,
  walk: Walk,
): Promise<readonly MapNode[]> {
  if (entry.kind === 'file') {
    const path = posix.normalize(
      entry.path.startsWith('/') ? entry.path.slice(1) : posix.join(place.group, entry.path),
    );
    const folder = posix.dirname(entry.path.replace(/^\//, ''));
    return loadFile(path, { entry, relativeGroup: folder === '.' ? '' : folder, keys: place.keys }, walk);
  }
  const group = groupPath(entry, place);
  const relativeGroup = entry.group.replace(/^\//, '');
  const key = overrideKey(group, packageOf(entry.package, { keys: place.keys, relativeGroup }));
  const { options, origin } = await walk.choices.choose(key, { entry, directory: join(walk.root, group) });
  const result: MapNode[] = [];
  for (const option of options) {
    const request = { entry: { ...entry, origin }, relativeGroup, keys: place.keys };
    result.push(...(await loadFile(posix.join(group, option), request, walk)));
  }
  return result;
}

type Request = {
  readonly entry: {
    readonly package: string | undefined;
    readonly optional: boolean;
    readonly origin: Origin;
  };
  readonly relativeGroup: string;
  readonly keys: string;
};

async function loadFile(path: string, request: Request, walk: Walk): Promise<readonly MapNode[]> {
  const { entry, relativeGroup, keys } = request;
  const file = await yamlFile(join(walk.root, path));
  if (file === undefined) {
    if (entry.optional) return [];
    throw faultAt(
      entry.origin,
      `there is no '${path}.yaml' beside the configuration. ${await knownOptions(dirname(join(walk.root, path)), posix.basename(path))}`,
    );
  }
  if (walk.within.includes(file)) {
    throw faultAt(entry.origin, `the defaults run in a circle: ${[...walk.within, file].join(' -> ')}`);
  }
  const source = await readYamlSource(file);
  const named =
    entry.package ?? (source.packageHeader === undefined ? undefined : `_global_.${source.packageHeader}`);
  const place = { group: dirOf(path), keys: packageOf(named, { keys, relativeGroup }) };
  return expand(source, place, { ...walk, within: [...walk.within, file] });
}

/** The keys under which content goes: within its parent's, by the group's name unless a package is given; `_global_` starts anew. */
function packageOf(
  named: string | undefined,
  parent: { readonly keys: string; readonly relativeGroup: string },
): string {
  const own = named ?? parent.relativeGroup.replaceAll('/', '.');
  const parts = `${parent.keys}.${own}`.split('.').filter((part) => part !== '' && part !== '_here_');
  return parts.slice(parts.lastIndexOf('_global_') + 1).join('.');
}

/** The name by which the command line chooses an option: the group, with its package when that is not the usual one. */
function overrideKey(group: string, keys: string): string {
  if (keys === group.replaceAll('/', '.')) return group;
  return `${group}@${keys === '' ? '_global_' : keys}`;
}

function groupPath(entry: { readonly group: string }, place: Place): string {
  return posix.normalize(
    entry.group.startsWith('/') ? entry.group.slice(1) : posix.join(place.group, entry.group),
  );
}

function dirOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

async function yamlFile(base: string): Promise<string | undefined> {
  const candidates = /\.ya?ml$/.test(base) ? [base] : [`${base}.yaml`, `${base}.yml`];
  for (const candidate of candidates) {
    try {
      if ((await stat(candidate)).isFile()) return candidate;
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
  return undefined;
}
