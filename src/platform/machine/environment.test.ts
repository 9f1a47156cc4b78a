// The record of machine and software: what is in it, and that nothing secret is.
import { afterEach, expect, test } from 'vitest';
import { environment } from './environment.ts';

const secret = 'hf_planted-secret-4711';
afterEach(() => {
  delete process.env.HONE_TEST_TOKEN;
  delete process.env.COLAB_GPU;
});

test('environment() tells versions and machine, the same each time', async () => {
  const told = await environment();
  expect(told).toMatchObject({
    node: process.versions.node,
    system: { name: process.platform, arch: process.arch },
  });
  expect(Object.keys(told.packages)).toEqual(['hone', 'onnxruntime-node', 'tokenizers']);
  for (const version of Object.values(told.packages)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(told.cpu.cores).toBeGreaterThan(0);
  expect(told.memory.total).toBeGreaterThan(2 ** 20);
  expect(JSON.stringify(await environment())).toBe(JSON.stringify(told));
  expect(JSON.parse(JSON.stringify(told))).toEqual(told);
});

test('environment() has no value of an environment variable', async () => {
  process.env.HONE_TEST_TOKEN = secret;
  process.env.COLAB_GPU = secret;
  const told = await environment();
  expect(told.platform).toBe('colab');
  expect(JSON.stringify(told)).not.toContain(secret);
});
