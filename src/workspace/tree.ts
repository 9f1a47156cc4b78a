// A configuration as a tree that remembers where each value was written, so that every later fault can say so.
import { InputError, type InputLocation } from '../core/index.ts';

/** Where a value was written: a line of a file, or an override on the command line. */
export type Origin = InputLocation & { readonly override?: string };

/** A value that YAML can hold without nesting. */
export type ScalarValue = string | number | boolean | null;

/** One value and where it was written. Trees are never changed: each operation returns a new one. */
export type ConfigNode = ScalarNode | ListNode | MapNode;

/** A plain value. */
export type ScalarNode = { readonly kind: 'scalar'; readonly value: ScalarValue; readonly origin: Origin };
/** A list. */
export type ListNode = {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
  readonly origin: Origin;
};
/** A mapping, in the order written. */
export type MapNode = {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, ConfigNode>;
  readonly origin: Origin;
};

/** Keys from the root down; list positions as digits. */
export type KeyPath = readonly string[];

/** What Hydra's `???` is: a value that the user must give. */
export const missingValue = '???';

/** A mapping without entries. */
export function emptyMap(origin: Origin = {}): MapNode {
  return { kind: 'map', entries: new Map(), origin };
}

/** A scalar node. */
export function scalarNode(value: ScalarValue, origin: Origin): ScalarNode {
  return { kind: 'scalar', value, origin };
}

/** The tree of a plain value; throws TypeError for what YAML cannot say (functions, symbols, class instances such as dates). */
export function fromPlain(value: unknown, origin: Origin): ConfigNode {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
    return scalarNode(value as ScalarValue, origin);
  }
  if (Array.isArray(value))
    return { kind: 'list', items: value.map((item) => fromPlain(item, origin)), origin };
  if (typeof value !== 'object' || !isPlainObject(value)) {
    throw new TypeError(
      `Cannot take ${typeof value === 'object' ? 'a class instance' : `a ${typeof value}`} as configuration`,
    );
  }
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return {
    kind: 'map',
    entries: new Map(present.map(([key, member]) => [key, fromPlain(member, origin)])),
    origin,
  };
}

/** The plain value of a tree. */
export function toPlain(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, child]) => [key, toPlain(child)]));
}

/** The child of that name or position. */
export function childOf(node: ConfigNode, key: string): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(key);
  return node.kind === 'list' && /^\d+$/.test(key) ? node.items[Number(key)] : undefined;
}

/** The node at a path. */
export function nodeAt(root: ConfigNode, path: KeyPath): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const key of path) node = node && childOf(node, key);
  return node;
}

/** `over` laid upon `base`: mappings merge key by key, anything else is replaced. */
export function merge(base: ConfigNode, over: ConfigNode): ConfigNode {
  return base.kind === 'map' && over.kind === 'map' ? mergeMaps(base, over) : over;
}

/** {@link merge} of two mappings, which is one. */
export function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, child] of over.entries) {
    const present = entries.get(key);
    entries.set(key, present === undefined ? child : merge(present, child));
  }
  return { kind: 'map', entries, origin: over.origin };
}

/** A mapping put under the keys of a path. */
export function nest(path: KeyPath, node: MapNode): MapNode {
  return path.reduceRight<MapNode>(
    (inner, key) => ({ kind: 'map', entries: new Map([[key, inner]]), origin: inner.origin }),
    node,
  );
}

/** Options of {@link setAt}. */
export type SetOptions = {
  /** Whether a plain value in the way gives way to a mapping; refused otherwise. */
  readonly force?: boolean;
};

/**
 * The tree with a value merged in at a path; mappings on the way are made, null gives way.
 * Throws InputError when another plain value, or a list without that position, is in the way.
 */
export function setAt(
  node: ConfigNode,
  path: KeyPath,
  set: (old: ConfigNode | undefined) => ConfigNode,
  options: SetOptions = {},
): ConfigNode {
  const [key, ...rest] = path;
  if (key === undefined) return set(node);
  if (node.kind === 'list') {
    const item = childOf(node, key);
    if (item === undefined)
      throw new InputError(`there is no position '${key}' in a list of ${node.items.length}`);
    return { ...node, items: node.items.with(Number(key), setAt(item, rest, set, options)) };
  }
  if (node.kind === 'scalar' && node.value !== null && options.force !== true) {
    throw new InputError(`'${key}' would lie within ${describe(node.value)}, which is not a mapping`);
  }
  const map = node.kind === 'map' ? node : emptyMap(node.origin);
  const child = map.entries.get(key);
  const changed = rest.length === 0 ? set(child) : setAt(child ?? emptyMap(map.origin), rest, set, options);
  return { ...map, entries: new Map(map.entries).set(key, changed) };
}

/** The mapping without the value at a path, which must be there. */
export function removeAt(node: ConfigNode, path: KeyPath): ConfigNode {
  const [key = '', ...rest] = path;
  const child = childOf(node, key);
  if (child === undefined) throw new InputError(`there is no '${path.join('.')}'`);
  if (node.kind === 'list') {
    const index = Number(key);
    const items =
      rest.length === 0 ? node.items.toSpliced(index, 1) : node.items.with(index, removeAt(child, rest));
    return { ...node, items };
  }
  if (node.kind === 'scalar') return node;
  const entries = new Map(node.entries);
  if (rest.length === 0) entries.delete(key);
  else entries.set(key, removeAt(child, rest));
  return { ...node, entries };
}

/** A value as error messages show it: short, strings in quotes. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return String(value);
}

/** An origin as error messages name it: `train.yaml:12`, or the override itself. */
export function describeOrigin(origin: Origin): string | undefined {
  if (origin.override !== undefined) return `override '${origin.override}'`;
  if (origin.file === undefined) return undefined;
  return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
}

/** The error for a fault at an origin. */
export function faultAt(origin: Origin, message: string, cause?: unknown): InputError {
  const { override, ...location } = origin;
  if (override === undefined) return new InputError(message, { location, cause });
  return new InputError(`override '${override}': ${message}`, { cause });
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
