// How much one query may ask for: a small document can otherwise ask for the same data ten thousand times.
import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';

/** MLflow's limits. Its longest query is 7 deep and has some fifty fields. */
const limits = { depth: 10, selections: 1000, rootFields: 10, aliases: 10 } as const;

/** What a selection asks for, each fragment counted wherever it is used. */
type Size = { readonly depth: number; readonly selections: number; readonly aliases: number };

/** Brackets within brackets; the parser calls itself for each, and its stack has an end. */
const nestingLimit = 200;

/** Whether a text has more brackets in brackets than is parsed. */
export function isTooNested(query: string): boolean {
  let level = 0;
  for (const letter of query) {
    if ('{[('.includes(letter)) level += 1;
    else if (')]}'.includes(letter)) level -= 1;
    if (level > nestingLimit) return true;
  }
  return false;
}

/** Why a document asks for too much, if it does. */
export function excess(document: DocumentNode): string | undefined {
  const measure = measurer(document);
  const sizes = document.definitions.flatMap((definition) =>
    'selectionSet' in definition && definition.selectionSet !== undefined
      ? [{ ...measure(definition.selectionSet), rootFields: definition.selectionSet.selections.length }]
      : [],
  );
  const most = (of: keyof (typeof sizes)[number]): number => Math.max(0, ...sizes.map((size) => size[of]));
  if (most('depth') > limits.depth) return `Query exceeds maximum depth of ${limits.depth}`;
  if (most('selections') > limits.selections)
    return `Query exceeds maximum total selections of ${limits.selections}`;
  if (most('rootFields') > limits.rootFields) return tooMany('root fields', most('rootFields'));
  return most('aliases') > limits.aliases ? tooMany('aliases', most('aliases')) : undefined;
}

function tooMany(what: string, count: number): string {
  return `GraphQL queries should have at most 10 ${what}, got ${count} ${what}`;
}

function measurer(document: DocumentNode): (set: SelectionSetNode) => Size {
  const fragments = new Map(
    document.definitions.flatMap((one): [string, FragmentDefinitionNode][] =>
      one.kind === 'FragmentDefinition' ? [[one.name.value, one]] : [],
    ),
  );
  const known = new Map<SelectionSetNode, Size>();
  const measure = (set: SelectionSetNode): Size => {
    const found = known.get(set);
    if (found !== undefined) return found;
    // A fragment that contains itself has no end.
    known.set(set, endless);
    const size = add(set, (name) => fragments.get(name)?.selectionSet, measure);
    known.set(set, size);
    return size;
  };
  return measure;
}

const nothing: Size = { depth: 0, selections: 0, aliases: 0 };
const endless: Size = { depth: Number.POSITIVE_INFINITY, selections: 0, aliases: 0 };

function add(
  { selections }: SelectionSetNode,
  fragment: (name: string) => SelectionSetNode | undefined,
  measure: (set: SelectionSetNode) => Size,
): Size {
  let [depth, count, own, inner] = [1, 0, 0, 0];
  for (const selection of selections) {
    const isField = selection.kind === 'Field';
    const set = selection.kind === 'FragmentSpread' ? fragment(selection.name.value) : selection.selectionSet;
    const size = set === undefined ? nothing : measure(set);
    depth = Math.max(depth, isField ? 1 + size.depth : size.depth);
    count += 1 + size.selections;
    if (isField) inner = Math.max(inner, size.aliases);
    // What a fragment names anew stands beside what the selection itself does.
    else own += size.aliases;
    if (isField && selection.alias !== undefined) own += 1;
  }
  return { depth, selections: count, aliases: Math.max(own, inner) };
}
