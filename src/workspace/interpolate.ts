// Puts values in the place of `${...}`: other keys, environment variables.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is about the configuration's own ${...}
import { didYouMean, InputError } from '../core/index.ts';
import { isTemplate, parseTemplate, type Template, type TemplatePart } from './template.ts';
import {
  type ConfigNode,
  childOf,
  describe,
  faultAt,
  fromPlain,
  type KeyPath,
  type MapNode,
  missingValue,
  type Origin,
  scalarNode,
  toPlain,
} from './tree.ts';
import { parseValue } from './value-grammar.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A function that a configuration may call: `${name:argument,...}`, of resolved arguments. */
export type Resolver = (...args: readonly unknown[]) => unknown;

/** Resolvers of a caller's own, by name. */
export type Resolvers = Readonly<Record<string, Resolver>>;

/**
 * The configuration with every interpolation resolved. A value that is nothing but one `${...}` takes the type of what it names.
 * Throws InputError, with the place it is written at, for a key or variable that is not there and for circles.
 */
export function interpolate(root: MapNode, environment: Environment, own: Resolvers = {}): MapNode {
  return new Interpolation(root, environment, own).resolved();
}

const builtIn = ['oc.env', 'oc.select', 'oc.decode'];

class Interpolation {
  readonly #root: MapNode;
  readonly #environment: Environment;
  readonly #own: Resolvers;
  readonly #done = new Map<ConfigNode, ConfigNode>();
  readonly #placed = new WeakSet<InputError>();
  readonly #open: { readonly node: ConfigNode; readonly name: string }[] = [];

  constructor(root: MapNode, environment: Environment, own: Resolvers) {
    this.#own = own;
    this.#root = root;
    this.#environment = environment;
  }

  resolved(): MapNode {
    return this.#map(this.#root, []);
  }

  #node(node: ConfigNode, path: KeyPath): ConfigNode {
    const done = this.#done.get(node);
    if (done !== undefined) return done;
    const resolved = this.#guarded(node, path, () => {
      if (node.kind === 'map') return this.#map(node, path);
      if (node.kind === 'list') {
        return { ...node, items: node.items.map((item, i) => this.#node(item, [...path, String(i)])) };
      }
      return this.#scalar(node.value, node.origin, path);
    });
    this.#done.set(node, resolved);
    // What is resolved stays as it is, escaped `${` included, when a reference meets it again.
    this.#done.set(resolved, resolved);
    return resolved;
  }

  #map(node: MapNode, path: KeyPath): MapNode {
    const entries = [...node.entries].map(
      ([key, child]) => [key, this.#node(child, [...path, key])] as const,
    );
    return { ...node, entries: new Map(entries) };
  }

  #guarded(node: ConfigNode, path: KeyPath, work: () => ConfigNode): ConfigNode {
    const name = path.join('.');
    const start = this.#open.findIndex((open) => open.node === node);
    if (start !== -1) {
      const circle = [...this.#open.slice(start).map((open) => open.name), name];
      throw new InputError(`the interpolation runs in a circle: ${circle.join(' -> ')}`);
    }
    this.#open.push({ node, name });
    const resolved = work();
    this.#open.pop();
    return resolved;
  }

  #scalar(value: unknown, origin: Origin, path: KeyPath): ConfigNode {
    if (typeof value !== 'string' || !isTemplate(value)) return fromPlain(value, origin);
    try {
      return this.#template(parseTemplate(value), path.slice(0, -1), origin);
    } catch (error) {
      // The innermost place is the one to show.
      if (!(error instanceof InputError) || this.#placed.has(error)) throw error;
      const placed = faultAt(origin, `Cannot resolve '${value}' of '${path.join('.')}': ${error.message}`);
      this.#placed.add(placed);
      throw placed;
    }
  }

  #template(template: Template, container: KeyPath, origin: Origin): ConfigNode {
    const [first, ...more] = template;
    if (first !== undefined && more.length === 0) return this.#part(first, container, origin);
    const values = template.map((part) => toPlain(this.#part(part, container, origin)));
    if (values.includes(missingValue)) return scalarNode(missingValue, origin);
    const nested = values.find((value) => typeof value === 'object' && value !== null);
    if (nested !== undefined) throw new InputError(`${describe(nested)} cannot stand within text`);
    return scalarNode(values.map(String).join(''), origin);
  }

  #part(part: TemplatePart, container: KeyPath, origin: Origin): ConfigNode {
    if (part.kind === 'text') return scalarNode(part.text, origin);
    if (part.kind === 'call') return fromPlain(this.#call(part.resolver, part.args, container), origin);
    const key = this.#text(part.key, container);
    const found = this.#lookUp(key, container);
    if (found === undefined) throw new InputError(`there is no key '${key}'. ${this.#nearest(key)}`);
    return { ...found, origin };
  }

  #call(resolver: string, args: readonly Template[], container: KeyPath): unknown {
    const [first = [], second, ...more] = args;
    const own = Object.hasOwn(this.#own, resolver) ? this.#own[resolver] : undefined;
    if (own !== undefined) return this.#callOwn(own, args, container);
    if (!builtIn.includes(resolver)) {
      const known = [...builtIn, ...Object.keys(this.#own)];
      throw new InputError(`there is no resolver '${resolver}'. ${didYouMean(resolver, known)}`);
    }
    if (more.length > 0 || (resolver === 'oc.decode' && second !== undefined)) {
      throw new InputError(
        `'${resolver}' is given ${args.length} arguments; quote an argument that holds a comma`,
      );
    }
    const subject = this.#text(first, container);
    if (resolver === 'oc.decode') return subject === 'null' ? null : parseValue(subject);
    const fallback = second === undefined ? undefined : this.#text(second, container);
    if (resolver === 'oc.env') return this.#variable(subject, fallback);
    const found = this.#lookUp(subject, container);
    if (found !== undefined) return toPlain(found);
    return fallback === undefined ? null : parseValue(fallback);
  }

  /** What must still be given leaves the result open, too. */
  #callOwn(resolver: Resolver, args: readonly Template[], container: KeyPath): unknown {
    const values = args.map((arg) => toPlain(this.#template(arg, container, {})));
    return values.includes(missingValue) ? missingValue : resolver(...values);
  }

  #variable(name: string, fallback: string | undefined): string | null {
    const value = this.#environment[name];
    if (value !== undefined) return value;
    if (fallback === undefined) {
      throw new InputError(
        `environment variable '${name}' is not set; set it, or give a default: \${oc.env:${name},DEFAULT}`,
      );
    }
    return fallback === 'null' ? null : fallback;
  }

  #text(template: Template, container: KeyPath): string {
    const value = toPlain(this.#template(template, container, {}));
    if (typeof value === 'object' && value !== null)
      throw new InputError(`${describe(value)} cannot stand within an expression`);
    return template.length === 0 ? '' : String(value);
  }

  /** Resolves what lies on the way, so that `${a.b}` finds `b` in an `a` that is itself `${c}`. */
  #lookUp(key: string, container: KeyPath): ConfigNode | undefined {
    let path = absolutePath(key, container);
    let node: ConfigNode | undefined = this.#root;
    const walked: string[] = [];
    while (node !== undefined && path.length > 0) {
      const [next = '', ...rest] = path;
      walked.push(next);
      node = childOf(node, next);
      path = rest;
      if (node?.kind === 'scalar' && rest.length > 0) node = this.#node(node, walked);
    }
    return node && this.#node(node, walked);
  }

  #nearest(key: string): string {
    const keys = [...keysOf(this.#root, '')];
    return keys.length === 0 ? 'The configuration is empty' : didYouMean(key, keys);
  }
}

function absolutePath(key: string, container: KeyPath): KeyPath {
  const dots = /^\.*/.exec(key)?.[0].length ?? 0;
  const base = dots === 0 ? [] : container.slice(0, container.length - dots + 1);
  if (dots > container.length + 1) throw new InputError(`'${key}' leads above the top`);
  const parts = key
    .slice(dots)
    .replaceAll(/\[(\w+)\]/g, '.$1')
    .split('.');
  return [...base, ...parts.filter((part) => part !== '')];
}

function* keysOf(node: ConfigNode, prefix: string): Iterable<string> {
  if (node.kind !== 'map') return;
  for (const [key, child] of node.entries) {
    yield `${prefix}${key}`;
    yield* keysOf(child, `${prefix}${key}.`);
  }
}
