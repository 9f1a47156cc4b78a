// The package as npm would publish it: installed elsewhere, its command runs, its entry points load and have types.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports).filter((key) => key !== './package.json');
const specifiers = entries.map((key) => `hone${key.slice(1)}`);

const missing = Object.keys(manifest.dependencies).filter(
  (name) => !existsSync(join(ROOT, 'node_modules', name)),
);
if (missing.length > 0) console.log(`left out: the packed package, for want of ${missing.join(', ')}`);

let consumer = '';
let installed = '';

beforeAll(() => {
  if (missing.length > 0) return;
  consumer = mkdtempSync(join(tmpdir(), 'hone-package-'));
  installed = join(consumer, 'node_modules', 'hone');
  node([join(ROOT, 'tools', 'build.ts')], ROOT);
  npm(['pack', '--silent', '--pack-destination', consumer], ROOT);
  const tarball = readdirSync(consumer).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  runOk('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], consumer);
  linkDependencies();
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
}, 120_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

/** Links what this checkout has installed beside the package, as an install would put it there. */
function linkDependencies(): void {
  const from = join(ROOT, 'node_modules');
  for (const name of readdirSync(from)) {
    if (!name.startsWith('.') && name !== 'hone')
      symlinkSync(join(from, name), join(consumer, 'node_modules', name), 'junction');
  }
}

function runOk(program: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', shell: program === 'npm.cmd' });
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

function node(args: readonly string[], cwd = consumer): string {
  return runOk(process.execPath, args, cwd);
}

/** The npm that runs this test, else the one on the path. */
function npm(args: readonly string[], cwd: string): string {
  const program = process.env.npm_execpath;
  if (program?.endsWith('.js')) return node([program, ...args], cwd);
  return runOk(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, cwd);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
}

test.skipIf(missing.length > 0)(
  'the package holds what is needed to run, and neither sources nor tests',
  () => {
    const files = filesIn(installed);
    expect(files).toEqual(
      expect.arrayContaining(['bin/hone.js', 'dist/cli/main.js', 'LICENSE', 'README.md', 'CHANGELOG.md']),
    );
    expect(files).toContain('dist/app/workflows/train/reference/config/config.yaml');
    expect(files.filter((path) => /\.test\.|fixtures|^(src|test|tools)\//.test(path))).toEqual([]);
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  },
);

test.skipIf(missing.length > 0)('hone --version runs from node_modules', () => {
  expect(node([join(installed, manifest.bin.hone), '--version']).trim()).toBe(manifest.version);
});

test.skipIf(missing.length > 0).each(specifiers)('import of %s gives names', (specifier) => {
  const code = `console.log(Object.keys(await import('${specifier}')).length)`;
  expect(Number(node(['--input-type=module', '--eval', code]))).toBeGreaterThan(0);
});

test.skipIf(missing.length > 0)('every entry point has types that a strict consumer can compile', () => {
  const imports = specifiers.map((specifier, i) => `import * as part${i} from '${specifier}';`);
  const uses = `export const parts = [${specifiers.map((_, i) => `part${i}`).join(', ')}];`;
  writeFileSync(join(consumer, 'use.ts'), `${imports.join('\n')}\n${uses}\n`);
  const flags = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext',
  ];
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  expect(node([tsc, ...flags, '--types', 'node', '--skipLibCheck', 'false', 'use.ts'])).toBe('');
});
