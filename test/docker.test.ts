// The image and the services of compose.yaml, as far as they can be judged without Docker.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { keepOwnBinaries } from '../tools/docker/keep-own-binaries.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'hone-docker-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Instructions of the Dockerfile, each on one line. */
const instructions = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');
/** What is copied out of the checkout. */
const copied = instructions
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));

/** Rules of .dockerignore; the last that fits decides. */
const rules = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ isKept: line.startsWith('!'), pattern: patternOf(line.replace('!', '')) }));

/** `*` stands for any part of a name, one that begins with a dot too, and `**` for any folders. */
function patternOf(rule: string): RegExp {
  const parts = rule.split(/(\*\*\/|\*)/).map((part) => {
    if (part === '**/') return '(.*/)?';
    return part === '*' ? '[^/]*' : part.replaceAll('.', '\\.');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** As Docker reads them: a rule takes what lies below, too. */
function isIgnored(path: string): boolean {
  const parts = path.split('/');
  const heads = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  const last = rules.findLast(({ pattern }) => heads.some((head) => pattern.test(head)));
  return last?.isKept === false;
}

test('each file that the Dockerfile copies is there and reaches the builder', () => {
  expect(copied.length).toBeGreaterThan(8);
  for (const path of copied) {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    expect(isIgnored(path), path).toBe(false);
  }
  // What is below a copied folder
  for (const path of ['src/cli/main.ts', 'src/index.ts', 'bin/hone.js'])
    expect(isIgnored(path), path).toBe(false);
});

test('tools that run while the image is built have all that they import', () => {
  const tools = copied.filter((path) => path.startsWith('tools/') && path.endsWith('.ts'));
  for (const tool of tools)
    for (const [, from = ''] of read(tool).matchAll(/from '(\.[^']+)'/g))
      expect(copied).toContain(posix.join(posix.dirname(tool), from));
});

test('what may hold secrets, and what is no part of the program, stays out of the builder', () => {
  const outside = [
    '.env',
    '.git/config',
    'secrets/x',
    'serviceKey.json',
    'runs/a/config.yaml',
    '.hone/tracking.db',
  ];
  const inside = [
    'src/.env',
    'src/server/tls.key',
    'tools/docker/cert.pem',
    'src/core/a.test.ts',
    'src/text/fixtures/a.json',
  ];
  for (const path of [...outside, ...inside, 'node_modules/zod/package.json', 'dist/index.js'])
    expect(isIgnored(path), path).toBe(true);
});

test('the image runs as a numbered user that is not root, and stops as Node expects', () => {
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
  expect(last).toContain('USER 10001:10001');
  expect(last).toContain('STOPSIGNAL SIGTERM');
  expect(last).toContain('ENTRYPOINT ["hone"]');
  expect(last.filter((line) => line.startsWith('ADD ') || /curl|wget/.test(line))).toEqual([]);
  for (const line of instructions.filter((one) => one.startsWith('FROM ')))
    expect(line).toMatch(/^FROM (\$\{NODE_IMAGE\}|manifests) AS \w+$/);
});

type Service = {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly resources?: { readonly limits?: object } };
};

const compose: {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
} = parse(read('compose.yaml'), { merge: true });

test.each(Object.keys(compose.services))('compose.yaml: %s is confined', (name) => {
  const service = compose.services[name];
  expect(service).toMatchObject({
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    deploy: {
      resources: {
        limits: { cpus: expect.any(String), memory: expect.any(String), pids: expect.any(Number) },
      },
    },
  });
  expect(JSON.stringify(service)).not.toContain('privileged":');
});

test('compose.yaml: passwords come from outside, and each volume is declared', () => {
  for (const { environment = {}, volumes = [] } of Object.values(compose.services)) {
    for (const [name, value] of Object.entries(environment))
      if (/PASSWORD|SECRET|KEY/.test(name)) expect(value).toMatch(/^\$\{\w+(:\?.+|:-)\}$/);
    const named = volumes.map((one) => one.split(':')[0] ?? '').filter((one) => /^\w+$/.test(one));
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
  }
  expect(compose.services.hone?.environment).toMatchObject({
    HONE_DATABASE: 'postgres://hone@postgres:5432/hone',
  });
});

test.each(['hone', 'worker'])('compose.yaml: the command of %s is one that Hone has', (name) => {
  const [command = '', ...args] = compose.services[name]?.command ?? [];
  const help = spawnSync(process.execPath, [join(ROOT, 'bin/hone.js'), command, '--help'], {
    encoding: 'utf8',
  });
  expect(help.status).toBe(0);
  for (const option of args.filter((one) => one.startsWith('--')))
    expect(help.stdout).toContain(`${option} `);
});

function makeFiles(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}

test('keepOwnBinaries() leaves what one platform loads, and refuses a folder without it', () => {
  const modules = join(scratch, 'modules');
  const runtimes = ['darwin/arm64', 'linux/arm64', 'linux/x64', 'win32/x64'];
  makeFiles(modules, [
    ...runtimes.map((one) => `onnxruntime-node/bin/napi-v6/${one}/binding.node`),
    'tokenizers/index.js',
    ...['linux-x64-gnu', 'linux-x64-musl', 'darwin-arm64'].map((one) => `tokenizers/tokenizers.${one}.node`),
  ]);
  expect(() => keepOwnBinaries(modules, { platform: 'linux', arch: 's390x' })).toThrow('Cannot keep');
  expect(keepOwnBinaries(modules, { platform: 'linux', arch: 'x64' }).toSorted()).toEqual([
    'onnxruntime-node/bin/napi-v6/darwin',
    'onnxruntime-node/bin/napi-v6/linux/arm64',
    'onnxruntime-node/bin/napi-v6/win32',
    'tokenizers/tokenizers.darwin-arm64.node',
    'tokenizers/tokenizers.linux-x64-musl.node',
  ]);
  expect(readdirSync(join(modules, 'tokenizers')).toSorted()).toEqual([
    'index.js',
    'tokenizers.linux-x64-gnu.node',
  ]);
  expect(existsSync(join(modules, 'onnxruntime-node/bin/napi-v6/linux/x64/binding.node'))).toBe(true);
});

function checkHealth(url: string): Promise<number | null> {
  const child = spawn(process.execPath, [join(ROOT, 'tools/docker/healthcheck.ts')], {
    env: { ...process.env, HONE_HEALTH_URL: url },
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

test('the health check passes where the server is ready, and there alone', async () => {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/readyz`;
  expect(await checkHealth(url)).toBe(0);
  status = 503;
  expect(await checkHealth(url)).toBe(1);
  await new Promise((resolve) => server.close(resolve));
  expect(await checkHealth(url)).toBe(1);
});
