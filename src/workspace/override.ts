// Overrides on the command line, as Hydra's: `key=value`, `+key=value`, `++key=value`, `~key`.
import { didYouMean, InputError } from '../core/index.ts';
import {
  type ConfigNode,
  describe,
  faultAt,
  fromPlain,
  type KeyPath,
  type MapNode,
  merge,
  nodeAt,
  removeAt,
  setAt,
  toPlain,
} from './tree.ts';
import { type GrammarValue, parseValue } from './value-grammar.ts';

/** What an override does to its key. */
export type OverrideKind = 'set' | 'add' | 'force' | 'delete';

/** One parsed override. */
export type Override = {
  readonly kind: OverrideKind;
  /** As written: `a.b`, or for config groups `group`, `a/b`, `group@package`. */
  readonly key: string;
  /** Undefined only for `~key`. */
  readonly value: GrammarValue | undefined;
  readonly text: string;
};

const kinds: Readonly<Record<string, OverrideKind>> = { '': 'set', '+': 'add', '++': 'force', '~': 'delete' };

/** Parses one override; throws InputError that shows it. */
export function parseOverride(text: string): Override {
  const [, sign = '', key = '', equals, valueText = ''] =
    /^(\+\+|\+|~|)([^=]*)(=?)(.*)$/s.exec(text.trim()) ?? [];
  const kind = kinds[sign] ?? 'set';
  const refuse = (reason: string, cause?: unknown) => faultAt({ override: text }, reason, cause);
  if (!/^[^\s.=/@+~[\]{}]+([./][^\s.=/@+~[\]{}]+)*(@[\w.-]+)?$/.test(key)) {
    throw refuse(
      key === '' ? 'the key is missing; write key=value' : `'${key}' is not a key; write key.sub=value`,
    );
  }
  if (equals === '' && kind !== 'delete')
    throw refuse(`a value is missing; write ${sign}${key}=VALUE (${key}= sets empty text)`);
  if (equals === '') return { kind, key, value: undefined, text };
  try {
    return { kind, key, value: parseValue(valueText), text };
  } catch (error) {
    throw error instanceof InputError ? refuse(error.message, error) : error;
  }
}

/**
 * The configuration after an override of a value. `key=value` sets it, present or not, since the schema knows which keys exist;
 * `+key=value` refuses one that is there, `~key` one that is not.
 */
export function applyOverride(root: MapNode, override: Override): MapNode {
  const path = override.key.split('.');
  try {
    const changed =
      override.kind === 'delete' ? deleted(root, path, override) : assigned(root, path, override);
    return changed.kind === 'map' ? changed : root;
  } catch (error) {
    throw error instanceof InputError ? faultAt({ override: override.text }, error.message, error) : error;
  }
}

function assigned(root: MapNode, path: KeyPath, override: Override): ConfigNode {
  const value = fromPlain(override.value, { override: override.text });
  const present = nodeAt(root, path);
  if (override.kind === 'add' && present !== undefined && !(present.kind === 'map' && value.kind === 'map')) {
    throw new InputError(
      `'${override.key}' is there already, current value is ${describe(toPlain(present))}; write it without '+'`,
    );
  }
  const set = (old: ConfigNode | undefined) => (old === undefined ? value : merge(old, value));
  return setAt(root, path, set, { force: override.kind === 'force' });
}

function deleted(root: MapNode, path: KeyPath, override: Override): ConfigNode {
  const present = nodeAt(root, path);
  if (present === undefined) {
    const parent = nodeAt(root, path.slice(0, -1));
    const known = parent?.kind === 'map' && parent.entries.size > 0 ? [...parent.entries.keys()] : undefined;
    const near = known === undefined ? '' : `. ${didYouMean(path.at(-1) ?? '', known)}`;
    throw new InputError(`Cannot delete '${override.key}': there is no such key${near}`);
  }
  if (override.value !== undefined && JSON.stringify(toPlain(present)) !== JSON.stringify(override.value)) {
    throw new InputError(
      `Cannot delete '${override.key}': its value is ${describe(toPlain(present))}, not ${describe(override.value)}`,
    );
  }
  return removeAt(root, path);
}
