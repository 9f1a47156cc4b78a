// Finds what a folder's index.ts offers to others without a doc comment where it is declared.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { listFolders } from './source-tree.ts';

type Program = ReturnType<typeof parseSync>['program'];
type Statement = Program['body'][number];

/** What one file exports: names declared here with a doc comment or without, and names taken from other files. */
type Exports = {
  readonly declared: ReadonlyMap<string, boolean>;
  /** `names` undefined: all of them. */
  readonly taken: readonly { readonly from: string; readonly names: readonly string[] | undefined }[];
};

/** Exported names without a doc comment under `root`, one line each; empty when all is well. */
export function checkDocs(root: string): string[] {
  const parsed = new Map<string, Exports>();
  const faults = new Set<string>();
  const visit = (path: string, names: readonly string[] | undefined) => {
    if (!existsSync(join(root, path))) return;
    const found = parsed.get(path) ?? readExports(root, path);
    parsed.set(path, found);
    for (const [name, documented] of found.declared)
      if (!documented && (names?.includes(name) ?? true))
        faults.add(`${path}: '${name}' is exported by its folder and has no doc comment`);
    for (const one of found.taken) {
      const wanted = one.names?.filter((name) => names?.includes(name) ?? true) ?? names;
      if (wanted === undefined || wanted.length > 0) visit(one.from, wanted);
    }
  };
  for (const folder of listFolders(root, 'src')) visit(`${folder}/index.ts`, undefined);
  return [...faults];
}

function readExports(root: string, path: string): Exports {
  const text = readFileSync(join(root, path), 'utf8');
  const { program, comments } = parseSync(path, text);
  const ends = comments
    .filter((one) => one.type === 'Block' && one.value.startsWith('*'))
    .map((one) => one.end);
  const isDocumented = (node: Statement) =>
    ends.some((end) => text.slice(end, node.start).trim() === '' && end <= node.start);
  const local = new Map<string, boolean>();
  const listed: string[] = [];
  const taken: { from: string; names: readonly string[] | undefined }[] = [];
  for (const node of program.body) {
    const source = sourceOf(node);
    if (source !== undefined)
      taken.push({ from: posix.join(dirname(path), source), names: takenNames(node) });
    else if (node.type === 'ExportNamedDeclaration' && node.declaration === null)
      listed.push(...localNames(node));
    for (const name of declaredNames(node)) local.set(name, (local.get(name) ?? false) || isDocumented(node));
  }
  const exported = [
    ...program.body.filter((node) => node.type === 'ExportNamedDeclaration').flatMap(declaredNames),
    ...listed,
  ];
  return {
    declared: new Map(
      exported.filter((name) => local.has(name)).map((name) => [name, local.get(name) ?? false]),
    ),
    taken,
  };
}

function sourceOf(node: Statement): string | undefined {
  if (node.type !== 'ExportAllDeclaration' && node.type !== 'ExportNamedDeclaration') return undefined;
  return node.source?.value.startsWith('.') ? node.source.value : undefined;
}

function takenNames(node: Statement): string[] | undefined {
  return node.type === 'ExportNamedDeclaration' ? localNames(node) : undefined;
}

function localNames(node: Extract<Statement, { type: 'ExportNamedDeclaration' }>): string[] {
  return node.specifiers.map(({ local }) => (local.type === 'Identifier' ? local.name : ''));
}

/** The names that a statement declares, exported or not. */
function declaredNames(node: Statement): string[] {
  const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
  switch (declaration?.type) {
    case 'VariableDeclaration':
      return declaration.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : ''));
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return [declaration.id?.name ?? ''];
    case 'TSTypeAliasDeclaration':
    case 'TSInterfaceDeclaration':
      return [declaration.id.name];
    default:
      return [];
  }
}
