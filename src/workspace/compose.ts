// Composes a configuration as Hydra does: files and their defaults, then overrides, then interpolation.
import { dirname, join, resolve } from 'node:path';
import { didYouMean, InputErrors } from '../core/index.ts';
import { loadWithDefaults } from './defaults.ts';
import { parseOptions } from './defaults-entry.ts';
import { type Addition, Choices, yamlNames } from './group-choices.ts';
import { type Environment, interpolate, type Resolvers } from './interpolate.ts';
import { applyOverride, type Override, parseOverride } from './override.ts';
import { isTemplate } from './template.ts';
import {
  type ConfigNode,
  describeOrigin,
  emptyMap,
  faultAt,
  fromPlain,
  type KeyPath,
  type MapNode,
  mergeMaps,
  missingValue,
  nodeAt,
  type Origin,
  toPlain,
} from './tree.ts';

/** What {@link composeConfig} takes. */
export type ComposeOptions = {
  /** The configuration file; its directory is where the defaults list finds config groups. */
  readonly file?: string;
  /** Values beneath the file's, for callers that hold a configuration as an object. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** `key.sub=value`, `+key=value`, `++key=value`, `~key`, `group=option`, in order. */
  readonly overrides?: readonly string[];
  /** What `${oc.env:NAME}` reads; the process's own by default. */
  readonly environment?: Environment;
  /** What `${name:argument,...}` calls beside OmegaConf's own resolvers. */
  readonly resolvers?: Resolvers;
};

/** A composed configuration: its values, and where each was written. */
export type ComposedConfig = {
  /** The file it came from, for messages. */
  readonly file: string | undefined;
  /** All values, resolved, not yet checked. What is still `???` is left out. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Paths of values that are still `???`. */
  readonly missing: readonly KeyPath[];
  /** The place (`train.yaml:12`, or an override) of the value at a path, or of the nearest value around it. */
  readonly placeOf: (path: readonly PropertyKey[]) => string | undefined;
};

/**
 * Composes a configuration from a file, its defaults list, and overrides. Throws InputError with file and line, or the override, for
 * what cannot be read, chosen, set or resolved; whether keys and values are right is for `validateConfig` to say.
 */
export async function composeConfig(options: ComposeOptions): Promise<ComposedConfig> {
  const overrides = parseOverrides(options.overrides ?? []);
  const { base, left } = await loadBase(options, overrides);
  const overridden = left.reduce<MapNode>(applyOverride, base);
  const root = interpolate(overridden, options.environment ?? process.env, options.resolvers);
  const missing = missingPaths(overridden);
  const values = toPlain(withoutMissing(root));
  return {
    file: options.file,
    values: isRecord(values) ? values : {},
    missing,
    placeOf: (path) => describeOrigin(originAt(root, path.map(String))) ?? options.file,
  };
}

function parseOverrides(texts: readonly string[]): readonly Override[] {
  const faults: string[] = [];
  const overrides = texts.flatMap((text) => {
    try {
      return [parseOverride(text)];
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) throw new InputErrors('Cannot read the overrides', faults);
  return overrides;
}

type Base = { readonly base: MapNode; readonly left: readonly Override[] };

async function loadBase(options: ComposeOptions, overrides: readonly Override[]): Promise<Base> {
  const given = fromPlain(options.values ?? {}, {});
  const start = given.kind === 'map' ? given : emptyMap();
  if (options.file === undefined) {
    for (const override of overrides) refuseUnknownGroup(override, []);
    return { base: start, left: overrides };
  }
  const directory = dirname(resolve(options.file));
  const additions = new Map<Override, Addition>();
  for (const override of overrides) {
    const addition = await toAddition(override, directory);
    if (addition !== undefined) additions.set(override, addition);
  }
  const candidates = overrides.filter((override) => !additions.has(override) && mayChoose(override));
  const choices = new Choices(candidates, [...additions.values()]);
  const contents = await loadWithDefaults(options.file, choices);
  const unused = choices.unused();
  const left = overrides.filter((o) => !additions.has(o) && (!candidates.includes(o) || unused.has(o)));
  for (const override of left) {
    refuseUnknownGroup(override, choices.groups);
    await refuseUnlistedGroup(override, directory);
  }
  return { base: contents.reduce(mergeMaps, start), left };
}

/** Whether an override has the form of a choice from a group that the defaults list. */
function mayChoose({ kind, key, value }: Override): boolean {
  if (key.includes('.') && !/[/@]/.test(key)) return false;
  if (kind === 'delete') return value === undefined || typeof value === 'string';
  return kind === 'set' && isOption(value);
}

function isOption(value: unknown): boolean {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  return words.length > 0 && words.every((word) => typeof word === 'string' && !isTemplate(word));
}

/** `+group=option`, when there is such a group beside the configuration. */
async function toAddition(override: Override, directory: string): Promise<Addition | undefined> {
  if (override.kind !== 'add' || !isOption(override.value)) return undefined;
  const [group = '', keys] = override.key.split('@');
  if (group.includes('.')) return undefined;
  const isGroup = (await yamlNames(join(directory, group))).length > 0;
  if (!isGroup && !/[/@]/.test(override.key)) return undefined;
  const origin: Origin = { override: override.text };
  const options = parseOptions(fromPlain(override.value, origin));
  return {
    entry: { kind: 'group', group, options, package: keys, optional: false, override: false, origin },
    origin,
  };
}

function refuseUnknownGroup({ key, text }: Override, groups: readonly string[]): void {
  if (!/[/@]/.test(key)) return;
  const known = groups.length === 0 ? 'The defaults name no group' : didYouMean(key, groups);
  throw faultAt({ override: text }, `no defaults list names the group '${key}'. ${known}`);
}

async function refuseUnlistedGroup({ kind, key, value, text }: Override, directory: string): Promise<void> {
  if (kind !== 'set' || typeof value !== 'string' || !/^[\w-]+$/.test(key)) return;
  if (!(await yamlNames(join(directory, key))).includes(value)) return;
  throw faultAt(
    { override: text },
    `no defaults list names the group '${key}'; write +${key}=${value} to add it`,
  );
}

function missingPaths(node: ConfigNode, path: KeyPath = []): readonly KeyPath[] {
  if (node.kind === 'scalar') return node.value === missingValue ? [path] : [];
  const children =
    node.kind === 'map' ? [...node.entries] : node.items.map((item, i) => [String(i), item] as const);
  return children.flatMap(([key, child]) => missingPaths(child, [...path, key]));
}

function withoutMissing(node: ConfigNode): ConfigNode {
  if (node.kind === 'list') return { ...node, items: node.items.map(withoutMissing) };
  if (node.kind === 'scalar') return node;
  const present = [...node.entries].filter(
    ([, child]) => child.kind !== 'scalar' || child.value !== missingValue,
  );
  return { ...node, entries: new Map(present.map(([key, child]) => [key, withoutMissing(child)])) };
}

function originAt(root: ConfigNode, path: KeyPath): Origin {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.origin;
  }
  return {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
