// `npm run build`: compiles src to dist, and copies what the compiler leaves behind (generated code, data files).
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runNode } from './run-command.ts';

const source = join(ROOT, 'src');
const target = join(ROOT, 'dist');

rmSync(target, { recursive: true, force: true });
if (runNode('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json'])) copyRest();
else process.exitCode = 1;

function copyRest(): void {
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const leftBehind = /\.(d\.ts|js|json|html|css|yaml)$/.test(path) && !/\bfixtures\b/.test(path);
    if (leftBehind) cpSync(join(source, path), join(target, path));
  }
}
