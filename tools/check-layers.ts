// Checks that folders import only what layers.json allows, through index.ts, and that no files import in a circle.
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { findCycles } from './find-cycles.ts';
import { type Import, parseSource, type SourceFile } from './parse-source.ts';
import { isTest, listSources } from './source-tree.ts';

/** The table of layers.json. `*` in a row stands for every folder but `testsOnly` and `edges`. */
type Layers = {
  readonly folders: Readonly<Record<string, readonly string[]>>;
  readonly typesOnly: Readonly<Record<string, readonly string[]>>;
  readonly testsOnly: readonly string[];
  readonly edges: readonly string[];
};

type Packages = { readonly shipped: ReadonlySet<string>; readonly all: ReadonlySet<string> };

/** Faults of the tree under `root`, one line each; empty when all is well. */
export function checkLayers(root: string): string[] {
  const layers: Layers = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8'));
  const files = listSources(root).map((path) => parseSource(root, path));
  const faults = files
    .filter((file) => file.syntaxError !== undefined)
    .map((file) => `${file.path}: ${file.syntaxError}`);
  for (const file of files) {
    const rowFault = missingRow(file.path, layers);
    if (rowFault !== undefined) faults.push(rowFault);
    const packages = readPackages(manifestOf(root, file.path));
    for (const one of file.imports) {
      const fault = checkImport(file, one, { layers, packages });
      if (fault !== undefined) faults.push(`${file.path}:${one.line}: ${fault}`);
    }
  }
  const cycles = findCycles(importGraph(files));
  return [...new Set(faults), ...cycles.map((cycle) => `files import in a circle: ${cycle.join(' -> ')}`)];
}

function missingRow(path: string, layers: Layers): string | undefined {
  const folder = folderOf(path);
  if (folder === undefined || folder === '' || folder in layers.folders) return undefined;
  return `${path}: folder 'src/${folder}' has no row in layers.json; add one`;
}

function checkImport(
  file: SourceFile,
  { kind, specifier }: Import,
  rules: { readonly layers: Layers; readonly packages: Packages },
): string | undefined {
  if (specifier === undefined) {
    return file.path.startsWith('src/') && !isTest(file.path)
      ? 'a computed import cannot be checked; write its specifier as a literal'
      : undefined;
  }
  if (!specifier.startsWith('.')) return checkPackage(file.path, specifier, { kind, ...rules });
  const target = posix.join(dirname(file.path), specifier);
  const from = folderOf(file.path);
  const to = folderOf(target);
  if (from === to) return undefined;
  if (to === undefined) return from === undefined || isTest(file.path) ? undefined : outside(target);
  if (to === '') return from === undefined ? undefined : `'${target}' is the package's face, for users alone`;
  if (target !== `src/${to}/index.ts` && !(isTest(file.path) && to === 'testing'))
    return `import 'src/${to}/index.ts' in place of '${target}'`;
  if (from === undefined || from === '') return undefined;
  return allowed(file, to, kind, rules.layers)
    ? undefined
    : `'${from}' may not import '${to}' (layers.json allows: ${rules.layers.folders[from]?.join(', ') || 'nothing'})`;
}

function outside(target: string): string | undefined {
  return target === 'package.json' ? undefined : `'${target}' lies outside src, which alone is shipped`;
}

function allowed(file: SourceFile, to: string, kind: Import['kind'], layers: Layers): boolean {
  const from = folderOf(file.path) ?? '';
  if (layers.testsOnly.includes(to)) return isTest(file.path);
  const row = layers.folders[from] ?? [];
  if (row.includes(to)) return true;
  if (row.includes('*')) return !layers.edges.includes(to);
  return kind === 'type' && (layers.typesOnly[from] ?? []).includes(to);
}

function checkPackage(
  path: string,
  specifier: string,
  { kind, packages }: { readonly kind: Import['kind']; readonly packages: Packages },
): string | undefined {
  if (isBuiltin(specifier) || specifier.startsWith('#')) return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const shipped = path.startsWith('src/') && !isTest(path);
  if ((shipped && kind !== 'type' ? packages.shipped : packages.all).has(name)) return undefined;
  return `package '${name}' is not among the ${shipped ? 'dependencies' : 'dependencies or devDependencies'} of package.json`;
}

/** The folder of src that a path lies in; '' for src itself, undefined outside. */
function folderOf(path: string): string | undefined {
  if (!path.startsWith('src/')) return undefined;
  const parts = path.split('/');
  return parts.length === 2 ? '' : parts[1];
}

function importGraph(files: readonly SourceFile[]): Map<string, string[]> {
  const known = new Set(files.map((file) => file.path));
  return new Map(
    files.map((file) => {
      const targets = file.imports
        .filter((one) => one.kind !== 'type' && one.specifier?.startsWith('.'))
        .map((one) => posix.join(dirname(file.path), one.specifier ?? ''));
      return [file.path, targets.filter((target) => known.has(target))];
    }),
  );
}

/** The manifest that a file's packages are declared in: the nearest above it. */
function manifestOf(root: string, path: string): string {
  let folder = dirname(path);
  while (folder !== '.' && !existsSync(join(root, folder, 'package.json'))) folder = dirname(folder);
  return join(root, folder, 'package.json');
}

function readPackages(path: string): Packages {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const names = (...keys: string[]) => keys.flatMap((key) => Object.keys(manifest[key] ?? {}));
  const shipped = names('dependencies', 'optionalDependencies', 'peerDependencies');
  return {
    shipped: new Set(shipped),
    all: new Set([...shipped, ...names('devDependencies'), manifest.name]),
  };
}
