// Each target of the Makefile is explained, and says what it would do.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
const targets = [...makefile.matchAll(/^([a-z-]+):/gm)].map(([, name = '']) => name);

// It may be make that runs this test
const { MAKEFLAGS: _, MAKELEVEL: __, ...env } = process.env;
const make = (...args: string[]) => spawnSync('make', args, { cwd: ROOT, encoding: 'utf8', env });
const isMissing = make('--version').error !== undefined;
if (isMissing) console.log('left out: the Makefile, for want of make');

const named = 'api server worker toy-trigger docker-build docker-run docker-clean validate-workflow'.split(
  ' ',
);

test.skipIf(isMissing)('make help explains every target', () => {
  const { stdout, status } = make('help');
  expect(status).toBe(0);
  const explained = stdout
    .trim()
    .split('\n')
    .map((line) => /^(\S+) {2,}\S/.exec(line)?.[1]);
  expect(explained).toEqual(targets);
  expect(targets).toEqual(expect.arrayContaining(named));
});

test.skipIf(isMissing)('every target is one that is no file, and can be made', () => {
  const phony = /^\.PHONY: ((?:.*\\\n)*.*)$/m.exec(makefile)?.[1]?.split(/[\s\\]+/) ?? [];
  expect(phony.toSorted()).toEqual(targets.toSorted());
  for (const target of targets) {
    // Recipes that call make would do so even in a dry run
    const { status, stderr } =
      target === 'validate-workflow' ? { status: 0, stderr: '' } : make('-n', target);
    expect({ target, status, stderr }).toEqual({ target, status: 0, stderr: '' });
  }
});
