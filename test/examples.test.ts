// Every example configuration is one that trains: it passes the schema and says how to run it.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { workflows } from '../src/app/index.ts';

const root = join(import.meta.dirname, '..');
const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yaml'));

test('there are as many examples as are told of', () => {
  expect(names.sort()).toEqual(['lora-dpo.yaml', 'toy-dpo.yaml', 'toy-sft.yaml']);
});

test.each(names)(
  'examples/%s passes the schema, opens with its command and trains what it says',
  async (name) => {
    const file = join(root, 'examples', name);
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n')[0]).toMatch(new RegExp(`^# .*hone train examples/${name}$`));
    const { loadTrainConfig } = await workflows.train();
    const config = await loadTrainConfig({ file });
    expect(config).toMatchObject({ output: `runs/${name.replace('.yaml', '')}` });
    expect(config).toMatchObject({ recipe: parse(text).recipe, learning_rate: parse(text).learning_rate });
  },
);

test('the configuration in the README passes the schema', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const { loadTrainConfig } = await workflows.train();
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
  const file = join(mkdtempSync(join(tmpdir(), 'hone-readme-')), 'dpo.yaml');
  writeFileSync(file, yaml);
  expect(await loadTrainConfig({ file })).toMatchObject({ recipe: 'dpo', lora: { rank: 16 } });
});

test('the Makefile trains on the toy data with an example', () => {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
  expect(names).toContain(/train examples\/(\S+)/.exec(makefile)?.[1]);
});
