// One entry of a defaults list: `_self_`, a file, or a choice from a config group.
import { InputError } from '../core/index.ts';
import { type ConfigNode, faultAt, type ListNode, missingValue, type Origin } from './tree.ts';

/** A parsed entry. */
export type DefaultEntry =
  | { readonly kind: 'self'; readonly origin: Origin }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly package: string | undefined;
      readonly optional: boolean;
      readonly origin: Origin;
    }
  | GroupEntry;

/** `- group: option`, also `override`, `optional`, `group@package`. */
export type GroupEntry = {
  readonly kind: 'group';
  readonly group: string;
  /** None for `null`; undefined for `???`, which the user must choose. */
  readonly options: readonly string[] | undefined;
  readonly package: string | undefined;
  readonly optional: boolean;
  readonly override: boolean;
  readonly origin: Origin;
};

/** Parses a defaults list; throws InputError at the entry's line. */
export function parseDefaults(list: ListNode): readonly DefaultEntry[] {
  const entries = list.items.map(parseEntry);
  const selves = entries.filter((entry) => entry.kind === 'self');
  if (selves.length > 1)
    throw faultAt(selves[1]?.origin ?? list.origin, "'_self_' stands twice in the defaults");
  return entries;
}

function parseEntry(item: ConfigNode): DefaultEntry {
  const { origin } = item;
  if (item.kind === 'scalar' && typeof item.value === 'string') {
    if (item.value === '_self_') return { kind: 'self', origin };
    const { name, package: keys } = splitPackage(item.value, origin);
    return { kind: 'file', path: name, package: keys, optional: false, origin };
  }
  const [pair, ...more] = item.kind === 'map' ? item.entries : [];
  if (pair === undefined || more.length > 0) {
    throw faultAt(origin, "a default is written '- file', '- group: option' or '- _self_'");
  }
  const words = pair[0].split(/\s+/);
  const name = words.pop() ?? '';
  const unknown = words.find((word) => word !== 'optional' && word !== 'override');
  if (unknown !== undefined) {
    throw faultAt(origin, `'${unknown}' is unknown before a group; write 'optional' or 'override'`);
  }
  const { name: group, package: keys } = splitPackage(name, origin);
  const [optional, override] = [words.includes('optional'), words.includes('override')];
  return {
    kind: 'group',
    group,
    package: keys,
    optional,
    override,
    options: parseOptions(pair[1]),
    origin: pair[1].origin,
  };
}

/** The options that a value names. */
export function parseOptions(node: ConfigNode): readonly string[] | undefined {
  if (node.kind === 'list') return node.items.flatMap((item) => parseOptions(item) ?? []);
  if (node.kind === 'map') throw faultAt(node.origin, 'an option must be the name of a file in the group');
  if (node.value === missingValue) return undefined;
  if (node.value === null) return [];
  const option = String(node.value);
  if (option.includes('$')) {
    throw faultAt(node.origin, `'${option}' cannot be interpolated in a defaults list; name the option`);
  }
  return [option];
}

function splitPackage(
  text: string,
  origin: Origin,
): { readonly name: string; readonly package: string | undefined } {
  const [name = '', keys, ...more] = text.split('@');
  if (name === '' || more.length > 0)
    throw new InputError(`'${text}' is not a group or file`, { location: origin });
  if (keys !== undefined && /_group_|_name_/.test(keys)) {
    throw faultAt(origin, `package '${keys}' uses a keyword that is gone; write the keys themselves`);
  }
  return { name, package: keys };
}
