// Python's strip, lstrip and rstrip with characters, which the Jinja library takes for white space only.

const methods = new Set(['strip', 'lstrip', 'rstrip']);

/** Globals that the rewritten calls use. */
export const stripFunctions: Readonly<Record<string, (text: unknown, characters: unknown) => string>> = {
  hone_strip: (text, characters) => stripStart(stripEnd(String(text), characters), characters),
  hone_lstrip: (text, characters) => stripStart(String(text), characters),
  hone_rstrip: (text, characters) => stripEnd(String(text), characters),
};

/** Rewrites `text.lstrip(characters)` in a parsed template to a call of one of {@link stripFunctions}. */
export function rewriteStrips(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of Object.values(node)) rewriteStrips(child);
  if (!('type' in node && node.type === 'CallExpression' && 'callee' in node && 'args' in node)) return;
  const { callee, args } = node;
  if (!isMember(callee) || callee.computed || !Array.isArray(args) || args.length !== 1) return;
  if (!methods.has(callee.property.value)) return;
  node.args = [callee.object, ...args];
  node.callee = { type: 'Identifier', value: `hone_${callee.property.value}` };
}

type Member = {
  readonly object: unknown;
  readonly property: { readonly value: string };
  readonly computed: unknown;
};

function isMember(node: unknown): node is Member {
  if (typeof node !== 'object' || node === null || !('type' in node) || node.type !== 'MemberExpression')
    return false;
  if (!('property' in node) || typeof node.property !== 'object' || node.property === null) return false;
  return 'value' in node.property && typeof node.property.value === 'string';
}

function stripStart(text: string, characters: unknown): string {
  const set = new Set(String(characters));
  const rest = [...text];
  const first = rest.findIndex((character) => !set.has(character));
  return first < 0 ? '' : rest.slice(first).join('');
}

function stripEnd(text: string, characters: unknown): string {
  const set = new Set(String(characters));
  const rest = [...text];
  return rest.slice(0, rest.findLastIndex((character) => !set.has(character)) + 1).join('');
}
