// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own interpolation
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
import { composeConfig } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return join(directory, 'config.yaml');
}

async function compose(files: Readonly<Record<string, string>>, overrides: readonly string[] = []) {
  const composed = await composeConfig({
    file: write(files),
    overrides,
    environment: { HOME: '/h', PORT: '80' },
  });
  return composed.values;
}

/** A nested set-up whose results below were computed by Hydra 1.3. */
const hydra = {
  'config.yaml':
    'defaults:\n  - db: mysql\n  - server: apache\n  - loss: null\nlr: 5e-7\ndb: {port: 99}\nlst: [1, {a: 2}]\nnul: null\n',
  'db/mysql.yaml': 'user: me\nport: 1\nname: mysql\n',
  'db/pg.yaml': 'user: you\nname: pg\n',
  'server/apache.yaml': 'defaults:\n  - /db: pg\n  - site: fb\nname: apache\nport: 80\n',
  'server/site/fb.yaml': 'domain: fb.com\n',
  'server/site/tw.yaml': 'domain: tw.com\n',
  'loss/global.yaml': '# @package _global_\nglob: 1\nlr: 3\n',
  'loss/dpo.yaml': 'beta: 1\n',
};
const rest = { lr: 5e-7, lst: [1, { a: 2 }], nul: null };
const db = { user: 'me', port: 99, name: 'mysql' };
const server = { db: { user: 'you', name: 'pg' }, site: { domain: 'fb.com' }, name: 'apache', port: 80 };

const composed: readonly (readonly [readonly string[], unknown])[] = [
  [[], { db, server, ...rest }],
  [['db=pg'], { db: { user: 'you', name: 'pg', port: 99 }, server, ...rest }],
  [['db.port=7', 'db=pg'], { db: { user: 'you', name: 'pg', port: 7 }, server, ...rest }],
  [['server/site=tw'], { db, server: { ...server, site: { domain: 'tw.com' } }, ...rest }],
  [['server.db.user=z'], { db, server: { ...server, db: { user: 'z', name: 'pg' } }, ...rest }],
  [
    ['db@server.db=mysql'],
    { db, server: { ...server, db: { user: 'me', port: 1, name: 'mysql' } }, ...rest },
  ],
  [['loss=global'], { db, server, glob: 1, ...rest }],
  [['loss=dpo'], { db, server, loss: { beta: 1 }, ...rest }],
  [['loss=[dpo,global]'], { db, server, loss: { beta: 1 }, glob: 1, ...rest }],
  [['+db@extra=pg'], { db, server, extra: { user: 'you', name: 'pg' }, ...rest }],
  [['~db'], { server, db: { port: 99 }, ...rest }],
  [['~db=mysql'], { server, db: { port: 99 }, ...rest }],
  [['~server'], { db, ...rest }],
  [['~lr'], { db, server, lst: rest.lst, nul: null }],
  [['~db.port=99'], { db: { user: 'me', name: 'mysql' }, server, ...rest }],
  [['lst.1.a=4', 'lst.0=7'], { db, server, ...rest, lst: [7, { a: 4 }] }],
  [['db={user: k}'], { db: { ...db, user: 'k' }, server, ...rest }],
  [['+db={x: 1}', '+a.b.c=1'], { db: { ...db, x: 1 }, server, ...rest, a: { b: { c: 1 } } }],
  [['++lr.x=1', '+nul.x=1'], { db, server, ...rest, lr: { x: 1 }, nul: { x: 1 } }],
  [
    ['lr=${lst.1.a}', 'nul=${lst[0]}', '+x={a: ${.b}, b: ${server.site.domain}}'],
    { db, server, lst: rest.lst, lr: 2, nul: 1, x: { a: 'fb.com', b: 'fb.com' } },
  ],
];

for (const [overrides, value] of composed) {
  test(`composeConfig() agrees with Hydra on ${JSON.stringify(overrides)}`, async () => {
    expect(await compose(hydra, overrides)).toEqual(value);
  });
}

const nested = {
  'config.yaml':
    'defaults:\n  - base\n  - a: x\n  - optional a@z: nope\n  - override a/b: r\n  - _self_\nv: 1\n',
  'base.yaml': 'v: 5\nw: base\n',
  'a/x.yaml': 'defaults:\n  - b: q\n  - other\nv: ax\nb: {name: froma}\n',
  'a/b/q.yaml': 'name: q\nq: 1\n',
  'a/b/r.yaml': 'name: r\nr: 1\n',
  'a/other.yml': 'v: other\no: 1\n',
};

test('composeConfig() follows nested defaults, override, optional and _self_ as Hydra does', async () => {
  const a = { b: { name: 'froma', r: 1 }, v: 'ax', o: 1 };
  expect(await compose(nested)).toEqual({ v: 1, w: 'base', a });
  expect(await compose(nested, ['a/b=q'])).toEqual({
    v: 1,
    w: 'base',
    a: { ...a, b: { name: 'froma', q: 1 } },
  });
  expect(await compose(nested, ['a@z=other'])).toEqual({ v: 1, w: 'base', a, z: { v: 'other', o: 1 } });
  expect(await compose(nested, ['+a@_global_=other'])).toEqual({ v: 'other', w: 'base', a, o: 1 });
  expect(await compose(nested, ['~a/b'])).toEqual({
    v: 1,
    w: 'base',
    a: { v: 'ax', o: 1, b: { name: 'froma' } },
  });
});

test('composeConfig() puts _self_ where the defaults list has it', async () => {
  const files = { 'a.yaml': 'x: a', 'config.yaml': 'defaults: [_self_, a]\nx: self\ny: 1' };
  expect(await compose(files)).toEqual({ x: 'a', y: 1 });
});

test('composeConfig() sets a key that the file does not have: the schema knows which exist', async () => {
  expect(await compose({ 'config.yaml': '' }, ['training.lr=1e-4', 'name=a b'])).toEqual({
    training: { lr: 1e-4 },
    name: 'a b',
  });
});

test('composeConfig() starts from an object and without a file', async () => {
  const values = { a: { b: 1 }, list: [1, 'x'], none: undefined };
  const { values: result, placeOf } = await composeConfig({ values, overrides: ['a.c=2', 'd=${a.b}'] });
  expect(result).toEqual({ a: { b: 1, c: 2 }, list: [1, 'x'], d: 1 });
  expect([placeOf(['a', 'b']), placeOf(['a', 'c'])]).toEqual([undefined, "override 'a.c=2'"]);
});

test('composeConfig() reads YAML 1.2 with anchors and merge keys', async () => {
  const text = 'base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nsame: *b\nflag: yes\nnull_key:\n2: two\n';
  expect(await compose({ 'config.yaml': text })).toEqual({
    base: { x: 1, y: 2 },
    use: { x: 1, y: 3 },
    same: { x: 1, y: 2 },
    flag: 'yes',
    null_key: null,
    2: 'two',
  });
});

test('composeConfig() remembers where each value was written', async () => {
  const file = write({
    'config.yaml': 'defaults:\n  - m: small\n\na: 1\nb:\n  c: 2\n  d: [1,\n    2]\n',
    'm/small.yaml': '# size\nwidth: 4\n',
  });
  const { placeOf } = await composeConfig({ file, overrides: ['b.c=9'] });
  expect(placeOf(['a'])).toBe(`${file}:4`);
  expect(placeOf(['b', 'c'])).toBe("override 'b.c=9'");
  expect(placeOf(['b', 'd', 1])).toBe(`${file}:8`);
  expect(placeOf(['b', 'nowhere', 'deep'])).toBe(`${file}:5`);
  expect(placeOf(['m', 'width'])).toBe(`${join(directory, 'm/small.yaml')}:2`);
  expect(placeOf(['nowhere'])).toBe(file);
});

test('composeConfig() resolves references of every form', async () => {
  const text = [
    'n: 3',
    'same: ${n}',
    'text: run-${n}/${oc.env:HOME}',
    'port: ${oc.decode:${oc.env:PORT}}',
    'raw: ${oc.env:PORT}',
    'fallback: ${oc.env:NOPE,a b}',
    'quoted: ${oc.env:NOPE,"a,b"}',
    'nested: ${oc.env:NOPE,${text}}',
    'nothing: ${oc.env:NOPE,null}',
    'select: ${oc.select:nope,7}',
    'map: {a: {k: "${..sibling}", up: "${...n}"}, sibling: s}',
    'copy: ${map.a}',
    'deep: ${copy.k}',
    'computed: ${map.${which}}',
    'which: sibling',
    'escaped: \\${n} and \\\\${n}',
    'again: ${escaped}',
  ].join('\n');
  expect(await compose({ 'config.yaml': text })).toEqual({
    n: 3,
    same: 3,
    text: 'run-3//h',
    port: 80,
    raw: '80',
    fallback: 'a b',
    quoted: 'a,b',
    nested: 'run-3//h',
    nothing: null,
    select: 7,
    map: { a: { k: 's', up: 3 }, sibling: 's' },
    copy: { k: 's', up: 3 },
    deep: 's',
    computed: 's',
    which: 'sibling',
    escaped: '${n} and \\3',
    again: '${n} and \\3',
  });
});

test('composeConfig() leaves ??? out, with what depends on it, and lists it', async () => {
  const file = write({ 'config.yaml': 'name: ???\ndir: runs/${name}\na: {b: ???}\n' });
  const { values, missing } = await composeConfig({ file });
  expect([values, missing]).toEqual([{ a: {} }, [['name'], ['a', 'b']]]);
  expect((await composeConfig({ file, overrides: ['name=x'] })).values).toEqual({
    name: 'x',
    dir: 'runs/x',
    a: {},
  });
});

const group = { 'model/small.yaml': 'a: 1', 'model/large.yaml': 'a: 2' };
const refused: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], string])[] = [
  ['broken YAML', { 'config.yaml': 'a: 1\nb: [1\n' }, [], 'config.yaml:3: the file is not YAML'],
  [
    'a key twice',
    { 'config.yaml': 'a: 1\na: 2\n' },
    [],
    'config.yaml:2: the file is not YAML: Map keys must be unique',
  ],
  ['a list at the top', { 'config.yaml': '- a\n' }, [], 'config.yaml:1: the file must hold a mapping'],
  [
    'an alias in its own anchor',
    { 'config.yaml': 'a: &x\n  b: *x\n' },
    [],
    'an alias (*name) lies within its own anchor',
  ],
  [
    'an integer that would be rounded',
    { 'config.yaml': 'a: 1\nseed: 12345678901234567890\n' },
    [],
    'config.yaml:2: 12345678901234567890 is beyond',
  ],
  ['defaults that are no list', { 'config.yaml': 'defaults: {a: b}\n' }, [], "'defaults' must be a list"],
  [
    'an unknown option',
    { ...group, 'config.yaml': 'defaults:\n  - model: smal\n' },
    [],
    "config.yaml:2: there is no 'model/smal.yaml' beside the configuration. Did you mean 'small'?",
  ],
  [
    'an unknown option on the command line',
    { ...group, 'config.yaml': 'defaults:\n  - model: small\n' },
    ['model=xyzxyz'],
    "override 'model=xyzxyz': there is no 'model/xyzxyz.yaml' beside the configuration. Known: large, small",
  ],
  [
    'an option that must be chosen',
    { ...group, 'config.yaml': 'defaults:\n  - model: ???\n' },
    [],
    'config.yaml:2: an option must be chosen: write model=OPTION. Known: large, small',
  ],
  [
    'a group that no list names',
    { ...group, 'config.yaml': 'x: 1' },
    ['model=small'],
    "no defaults list names the group 'model'; write +model=small to add it",
  ],
  [
    'an unknown group',
    { ...group, 'config.yaml': 'defaults: [{model: small}]' },
    ['modle/x=y'],
    "no defaults list names the group 'modle/x'. Did you mean 'model'?",
  ],
  [
    'a group chosen twice',
    { ...group, 'config.yaml': 'defaults: [{model: small}, {model: large}]' },
    [],
    "group 'model' is chosen twice",
  ],
  [
    'an override of no group',
    { ...group, 'config.yaml': 'defaults: [{model: small}, {override mode: large}]' },
    [],
    "'override mode' meets no such group in the defaults. Did you mean 'model'?",
  ],
  [
    'defaults in a circle',
    { 'config.yaml': 'defaults: [a]', 'a.yaml': 'defaults: [config]' },
    [],
    'the defaults run in a circle',
  ],
  [
    'a reference to nothing',
    { 'config.yaml': 'width: 1\na:\n  b: ${widht}\n' },
    [],
    "config.yaml:3: Cannot resolve '${widht}' of 'a.b': there is no key 'widht'. Did you mean 'width'?",
  ],
  [
    'references in a circle',
    { 'config.yaml': 'a: ${b}\nb: x${c}\nc: ${a}\n' },
    [],
    "config.yaml:3: Cannot resolve '${a}' of 'c': the interpolation runs in a circle: a -> b -> c -> a",
  ],
  [
    'a mapping that holds itself',
    { 'config.yaml': 'a:\n  b: ${a}\n' },
    [],
    'the interpolation runs in a circle: a -> a.b -> a',
  ],
  [
    'a mapping within text',
    { 'config.yaml': 'a: {b: 1}\nc: x${a}\n' },
    [],
    'a mapping cannot stand within text',
  ],
  [
    'a variable that is not set',
    { 'config.yaml': 'a: ${oc.env:NOPE}\n' },
    [],
    "environment variable 'NOPE' is not set; set it, or give a default",
  ],
  [
    'an unknown resolver',
    { 'config.yaml': 'a: ${oc.evn:NOPE}\n' },
    [],
    "there is no resolver 'oc.evn'. Did you mean 'oc.env'?",
  ],
  ['an open brace', { 'config.yaml': 'a: ${b\n' }, [], "the closing '}' of '${b' is missing"],
  ['a path above the top', { 'config.yaml': 'a: ${...b}\n' }, [], "'...b' leads above the top"],
  [
    'adding what is there',
    { 'config.yaml': 'a: 1' },
    ['+a=2'],
    "override '+a=2': 'a' is there already, current value is 1; write it without '+'",
  ],
  [
    'deleting what is not there',
    { 'config.yaml': 'alpha: 1' },
    ['~alpa'],
    "Cannot delete 'alpa': there is no such key. Did you mean 'alpha'?",
  ],
  ['deleting another value', { 'config.yaml': 'a: 1' }, ['~a=2'], "Cannot delete 'a': its value is 1, not 2"],
  [
    'a key within a value',
    { 'config.yaml': 'a: x' },
    ['a.b=1'],
    "override 'a.b=1': 'b' would lie within 'x', which is not a mapping",
  ],
  [
    'a position beyond a list',
    { 'config.yaml': 'a: [1]' },
    ['a.3=1'],
    "there is no position '3' in a list of 1",
  ],
];

for (const [fault, files, overrides, message] of refused) {
  test(`composeConfig() refuses ${fault}`, async () => {
    const composing = compose(files, overrides);
    await expect(composing).rejects.toThrow(InputError);
    await expect(composing).rejects.toThrow(message);
  });
}

test('composeConfig() reports all overrides that cannot be read', async () => {
  await expect(compose({ 'config.yaml': '' }, ['a=[1', 'lr', '=1', 'b=1'])).rejects.toThrow(
    [
      'Cannot read the overrides',
      `  - override 'a=[1': at column 3 of "[1", ']' is missing`,
      "  - override 'lr': a value is missing; write lr=VALUE (lr= sets empty text)",
      "  - override '=1': the key is missing; write key=value",
    ].join('\n'),
  );
});

test('composeConfig() refuses a file that is missing or not UTF-8', async () => {
  await expect(composeConfig({ file: join(directory, 'no.yaml') })).rejects.toThrow('there is no such file');
  writeFileSync(join(directory, 'latin.yaml'), Buffer.from('a: \xfc', 'latin1'));
  await expect(composeConfig({ file: join(directory, 'latin.yaml') })).rejects.toThrow('it is not UTF-8');
});

test("composeConfig() calls the caller's own resolvers with values, lists among them", async () => {
  const file = write({ 'config.yaml': 'name: ???\ndirs: [a, b]\nat: ${place:${name},${dirs},3}\n' });
  const resolvers = { place: (...args: readonly unknown[]) => JSON.stringify(args) };
  const { values } = await composeConfig({ file, overrides: ['name=x'], resolvers });
  expect(values.at).toBe('["x",["a","b"],"3"]');
  const open = await composeConfig({ file, resolvers });
  expect(open.values).toEqual({ dirs: ['a', 'b'] });
  expect(open.missing).toEqual([['name']]);
  await expect(composeConfig({ file, overrides: ['name=x'] })).rejects.toThrow(/no resolver 'place'/);
});
