// What the checks need to know of one source file: its imports, its functions, how many names it exports.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseResult, parseSync, Visitor } from 'oxc-parser';

/** How an import acts: at load, when its line runs, or in the types only. */
export type ImportKind = 'static' | 'dynamic' | 'type';

/** One import or re-export. `specifier` is undefined when a dynamic import computes it. */
export type Import = {
  readonly kind: ImportKind;
  readonly specifier: string | undefined;
  readonly line: number;
};

/** A named function, method, accessor or arrow, its lines inclusive. */
export type FunctionSize = { readonly name: string; readonly line: number; readonly lines: number };

export type SourceFile = {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSize[];
  /** Names this file declares and exports; re-exports are not counted. */
  readonly exports: number;
  /** The first fault of the syntax, if any. */
  readonly syntaxError: string | undefined;
};

type Program = ParseResult['program'];
type Span = { readonly start: number; readonly end: number };

/** Reads and parses one file. */
export function parseSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const { program, errors } = parseSync(path, text);
  const lineAt = lineFinder(text);
  return {
    path,
    text,
    lines: text.endsWith('\n') ? lineAt(text.length) - 1 : lineAt(text.length),
    imports: findImports(program, lineAt),
    functions: findFunctions(program, lineAt),
    exports: countExports(program),
    syntaxError: errors[0]?.message,
  };
}

function findImports(program: Program, lineAt: (offset: number) => number): Import[] {
  const found: Import[] = [];
  const add = (kind: ImportKind, source: Span & { readonly value?: unknown }) => {
    const specifier = typeof source.value === 'string' ? source.value : undefined;
    found.push({ kind, specifier, line: lineAt(source.start) });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.importKind === 'type' ? 'type' : 'static', node.source),
    ExportAllDeclaration: (node) => add(node.exportKind === 'type' ? 'type' : 'static', node.source),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.exportKind === 'type' ? 'type' : 'static', node.source);
    },
    ImportExpression: (node) => add('dynamic', node.source),
    TSImportType: (node) => add('type', node.source),
  }).visit(program);
  return found;
}

function findFunctions(program: Program, lineAt: (offset: number) => number): FunctionSize[] {
  const found: FunctionSize[] = [];
  const add = (name: string, span: Span) => {
    const line = lineAt(span.start);
    found.push({ name, line, lines: lineAt(span.end) - line + 1 });
  };
  new Visitor({
    FunctionDeclaration: (node) => add(node.id?.name ?? 'default', node),
    MethodDefinition: (node) => add(keyName(node.key), node),
    VariableDeclarator: (node) => {
      if (isFunction(node.init) && node.id.type === 'Identifier') add(node.id.name, node);
    },
    Property: (node) => {
      if (isFunction(node.value)) add(keyName(node.key), node);
    },
    PropertyDefinition: (node) => {
      if (isFunction(node.value)) add(keyName(node.key), node);
    },
  }).visit(program);
  return found;
}

function isFunction(node: { readonly type: string } | null): boolean {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression';
}

function keyName(key: { readonly type: string; readonly name?: unknown; readonly value?: unknown }): string {
  const name = key.name ?? key.value;
  return typeof name === 'string' ? name : '(computed)';
}

function countExports(program: Program): number {
  let count = 0;
  for (const node of program.body) {
    if (node.type === 'ExportDefaultDeclaration') count += 1;
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) continue;
    const declaration = node.declaration;
    if (declaration === null) count += node.specifiers.length;
    else count += declaration.type === 'VariableDeclaration' ? declaration.declarations.length : 1;
  }
  return count;
}

/** Gives the line, counted from 1, of an offset into the text. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
