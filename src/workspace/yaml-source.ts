// One YAML file as a tree with line numbers, its defaults list taken out.
import { readFile } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { fileError, InputError } from '../core/index.ts';
import {
  type ConfigNode,
  emptyMap,
  type ListNode,
  type MapNode,
  mergeMaps,
  type Origin,
  scalarNode,
} from './tree.ts';
import { isExactInteger } from './value-grammar.ts';

/** What a configuration file says. */
export type YamlSource = {
  /** The mapping at the top, without `defaults`. */
  readonly content: MapNode;
  /** The `defaults` list, when there is one. */
  readonly defaults: ListNode | undefined;
  /** What a `# @package NAME` comment at the head says. */
  readonly packageHeader: string | undefined;
};

/** Reads a configuration file; throws InputError with file and line when it is missing, not YAML, or not a mapping. */
export async function readYamlSource(file: string): Promise<YamlSource> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw fileError(`Cannot read configuration '${file}'`, error);
  }
  return parseYamlSource(decode(bytes, file), file);
}

/** {@link readYamlSource} of text that is at hand. */
export function parseYamlSource(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const location = { file, line: lines.linePos(error.pos[0]).line };
    throw new InputError(`the file is not YAML: ${error.message}`, { location, cause: error });
  }
  const reader = new TreeReader(document, file, lines);
  const root =
    document.contents === null ? emptyMap({ file }) : reader.node(document.contents, { file, line: 1 });
  if (root.kind !== 'map') {
    if (root.kind === 'scalar' && root.value === null)
      return { content: emptyMap({ file }), defaults: undefined, packageHeader: undefined };
    throw new InputError('the file must hold a mapping (key: value) at its top', { location: root.origin });
  }
  const entries = new Map(root.entries);
  const defaults = entries.get('defaults');
  entries.delete('defaults');
  if (defaults !== undefined && defaults.kind !== 'list') {
    throw new InputError("'defaults' must be a list, such as '- model: small'", {
      location: defaults.origin,
    });
  }
  return { content: { ...root, entries }, defaults, packageHeader: packageHeader(text) };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`Cannot read configuration '${file}': it is not UTF-8; save it in that encoding`, {
      cause,
    });
  }
}

function packageHeader(text: string): string | undefined {
  for (const line of text.split('\n')) {
    if (!/^\s*(#|$)/.test(line)) return undefined;
    const name = /^\s*#\s*@package\s+(\S+)/.exec(line)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

class TreeReader {
  readonly #document: Document.Parsed;
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #open = new Set<Node>();

  constructor(document: Document.Parsed, file: string, lines: LineCounter) {
    this.#document = document;
    this.#file = file;
    this.#lines = lines;
  }

  node(node: unknown, fallback: Origin): ConfigNode {
    if (node === null || node === undefined) return scalarNode(null, fallback);
    if (isAlias(node)) return this.node(node.resolve(this.#document), this.#origin(node));
    if (isMap(node)) return this.#guarded(node, () => this.#map(node, fallback));
    if (isSeq(node)) {
      const items = () => node.items.map((item) => this.node(item, this.#originOf(item, fallback)));
      return this.#guarded(node, () => ({ kind: 'list', items: items(), origin: fallback }));
    }
    if (isScalar(node)) return this.#scalar(node.value, node.source, fallback);
    throw new InputError('this cannot stand in a configuration', { location: fallback });
  }

  #map(node: YAMLMap, origin: Origin): MapNode {
    const entries = new Map<string, ConfigNode>();
    let inherited = emptyMap(origin);
    for (const { key, value } of node.items) {
      const at = this.#originOf(key, origin);
      if (!isScalar(key) || key.value === null)
        throw new InputError('a key must be a word', { location: at });
      if (key.value === '<<' && key.type === 'PLAIN')
        inherited = mergeMaps(inherited, this.#inherited(value, at));
      else entries.set(String(key.value), this.node(value, at));
    }
    if (inherited.entries.size === 0) return { kind: 'map', entries, origin };
    // YAML's merge key is shallow: what stands in the mapping itself wins, key by key.
    return { kind: 'map', entries: new Map([...inherited.entries, ...entries]), origin };
  }

  #inherited(value: unknown, origin: Origin): MapNode {
    const node = this.node(value, origin);
    const maps = node.kind === 'list' ? node.items.toReversed() : [node];
    const entries = maps.flatMap((map) => {
      if (map.kind !== 'map') throw new InputError("'<<' must name a mapping", { location: origin });
      return [...map.entries];
    });
    return { kind: 'map', entries: new Map(entries), origin };
  }

  #scalar(value: unknown, source: string | undefined, origin: Origin): ConfigNode {
    if (value === null || typeof value === 'string' || typeof value === 'boolean')
      return scalarNode(value, origin);
    if (typeof value !== 'number')
      throw new InputError(`'${String(value)}' cannot stand in a configuration`, { location: origin });
    if (/^[-+]?\d+$/.test(source ?? '') && !isExactInteger(value, source ?? '')) {
      throw new InputError(
        `${source} is beyond the integers that a number holds exactly; quote it or make it smaller`,
        {
          location: origin,
        },
      );
    }
    return scalarNode(value, origin);
  }

  /** Refuses an alias that leads into its own anchor. */
  #guarded<T>(node: Node, work: () => T): T {
    if (this.#open.has(node))
      throw new InputError('an alias (*name) lies within its own anchor', { location: this.#origin(node) });
    this.#open.add(node);
    try {
      return work();
    } finally {
      this.#open.delete(node);
    }
  }

  #originOf(node: unknown, fallback: Origin): Origin {
    return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? this.#origin(node) : fallback;
  }

  #origin(node: Node): Origin {
    return { file: this.#file, line: this.#lines.linePos(node.range?.[0] ?? 0).line };
  }
}
