import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readDpoConfig } from './config.ts';

test("readDpoConfig() without variables has the service's defaults, and is no DPO service", () => {
  expect(readDpoConfig({ PATH: '/bin', DPO_PORT: 'tcp://10.0.0.1:80', DPO_REGISTER_URL: '' })).toEqual({
    ...{ isService: false, publicBaseUrl: undefined, registration: undefined, gatewaySecret: undefined },
    ...{ directOrigins: [], jobTimeoutSeconds: 3600, maxDatasetBytes: 5 * 2 ** 20, rateLimitPerMinute: 5 },
    ...{ allowPrivateDatasets: false, modelMap: new Map() },
  });
});

test('readDpoConfig() reads every variable', () => {
  const config = readDpoConfig(
    {
      DPO_PUBLIC_BASE_URL: 'https://dpo.example/',
      DPO_REGISTER_URL: 'https://gateway.example/register',
      DPO_REGISTER_SECRET: 'planted-1',
      DPO_GATEWAY_SHARED_SECRET: 'planted-2',
      DPO_SERVICE_TTL_SECONDS: '60',
      DPO_ALLOW_DIRECT_ORIGINS: 'https://a.example, https://b.example',
      DPO_MAX_CONCURRENT_JOBS: '3',
      DPO_JOB_TIMEOUT_SECONDS: '10',
      DPO_MAX_DATASET_SIZE_MB: '1',
      DPO_RATE_LIMIT_PER_MINUTE: '7',
      DPO_ALLOW_PRIVATE_DATASETS: 'true',
      DPO_MODEL_MAP: 'zephyr=small,llama=large',
    },
    { models: ['llama=larger'] },
  );
  expect(config).toMatchObject({
    ...{
      isService: true,
      publicBaseUrl: 'https://dpo.example',
      jobTimeoutSeconds: 10,
      maxDatasetBytes: 2 ** 20,
    },
    ...{ rateLimitPerMinute: 7, allowPrivateDatasets: true },
    directOrigins: ['https://a.example', 'https://b.example'],
    registration: { url: 'https://gateway.example/register', baseUrl: 'https://dpo.example', ttlSeconds: 60 },
    modelMap: new Map([
      ['zephyr', 'small'],
      ['llama', 'larger'],
    ]),
  });
  expect(config.gatewaySecret?.reveal()).toBe('planted-2');
  expect(config.registration?.secret.reveal()).toBe('planted-1');
  expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('planted');
});

test('readDpoConfig() takes one variable, or being told so, for a DPO service', () => {
  expect(readDpoConfig({ DPO_RATE_LIMIT_PER_MINUTE: '5' }).isService).toBe(true);
  expect(readDpoConfig({}, { asService: true }).isService).toBe(true);
});

test('readDpoConfig() names every variable that is wrong', () => {
  const wrong = () =>
    readDpoConfig({
      ...{
        DPO_PUBLIC_BASE_URL: 'dpo.example',
        DPO_RATE_LIMIT_PER_MINUTE: '0',
        DPO_JOB_TIMEOUT_SECONDS: 'long',
      },
      ...{ DPO_WORKING_DIR: '/app', DPO_CACHE_DIR: '/app/.cache', DPO_ALLOW_PRIVATE_DATASETS: 'maybe' },
    });
  for (const name of [
    'PUBLIC_BASE_URL',
    'RATE_LIMIT_PER_MINUTE',
    'JOB_TIMEOUT_SECONDS',
    'ALLOW_PRIVATE_DATASETS',
  ])
    expect(wrong).toThrow(`DPO_${name}: `);
  expect(wrong).toThrow('DPO_WORKING_DIR: Hone keeps all it makes in its data directory');
  expect(wrong).toThrow('DPO_CACHE_DIR');
  expect(() => readDpoConfig({ DPO_REGISTER_URL: 'http://gateway/' })).toThrow('DPO_REGISTER_SECRET');
  expect(() => readDpoConfig({ DPO_MODEL_MAP: 'zephyr' })).toThrow('NAME=MODEL');
});
