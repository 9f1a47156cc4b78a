// Makes parsed templates mean what they mean in Python where the Jinja library differs.

/** A node of a parsed template; members are nodes, lists of nodes or plain values. */
type Node = { type: string; [member: string]: unknown };

const stripMethods = new Set(['strip', 'lstrip', 'rstrip']);

/** Globals that rewritten calls use. */
export const rewriteFunctions: Readonly<Record<string, (text: unknown, characters: unknown) => string>> = {
  hone_strip: (text, characters) => stripStart(stripEnd(String(text), characters), characters),
  hone_lstrip: (text, characters) => stripStart(String(text), characters),
  hone_rstrip: (text, characters) => stripEnd(String(text), characters),
};

/** Rewrites a parsed template in place. */
export function rewriteForPython(value: unknown): void {
  if (Array.isArray(value)) value.forEach(rewriteForPython);
  if (!isNode(value)) return;
  Object.values(value).forEach(rewriteForPython);
  if (value.type === 'CallExpression') rewriteStrip(value);
  if (value.type === 'For') rewriteLoop(value);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** `text.lstrip('x')`: the library strips white space, whatever the argument. */
function rewriteStrip(call: Node): void {
  const { callee, args } = call;
  if (!isNode(callee) || callee.type !== 'MemberExpression' || callee.computed === true) return;
  const method = isNode(callee.property) ? callee.property.value : undefined;
  if (typeof method !== 'string' || !stripMethods.has(method)) return;
  if (!Array.isArray(args) || args.length !== 1) return;
  call.args = [callee.object, ...args];
  call.callee = { type: 'Identifier', value: `hone_${method}` };
}

/** `{% for x in undefined %}`: no round in Python, an error in the library. */
function rewriteLoop(loop: Node): void {
  const selected =
    isNode(loop.iterable) && loop.iterable.type === 'SelectExpression' ? loop.iterable : undefined;
  const wrap = (left: unknown): Node => ({
    type: 'BinaryExpression',
    operator: { value: 'or' },
    left,
    right: { type: 'ArrayLiteral', value: [] },
  });
  if (selected) selected.lhs = wrap(selected.lhs);
  else loop.iterable = wrap(loop.iterable);
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
