import { expect, test } from 'vitest';
import { opendalIsMissing } from '../../testing/opendal.ts';
import { artifactPath } from './artifact-path.ts';
import { openBlobStore } from './open-blob-store.ts';
import { serviceFor } from './services.ts';

const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };

test('serviceFor() takes S3 with the keys and the region of the environment', () => {
  expect(serviceFor('s3://bucket/some/prefix/', keys)).toEqual({
    scheme: 's3',
    options: {
      bucket: 'bucket',
      root: '/some/prefix',
      region: 'eu-west-1',
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
      access_key_id: 'AKIDEXAMPLE',
      secret_access_key: 'secret',
      disable_config_load: 'true',
    },
  });
});

test("serviceFor() takes another server of S3 by MLflow's variable before Amazon's", () => {
  const environment = { AWS_ENDPOINT_URL: 'http://a:1', MLFLOW_S3_ENDPOINT_URL: 'http://b:2' };
  expect(serviceFor('s3://bucket', environment)).toEqual({
    scheme: 's3',
    options: { bucket: 'bucket', region: 'us-east-1', endpoint: 'http://b:2' },
  });
});

test('serviceFor() takes Google with its credentials file', () => {
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' };
  expect(serviceFor('gs://bucket/p', environment)).toEqual({
    scheme: 'gcs',
    options: { bucket: 'bucket', root: '/p', credential_path: '/key.json' },
  });
});

test.each(['wasbs://box@acme.blob.core.windows.net/p/q', 'abfss://box@acme.dfs.core.windows.net/p/q'])(
  'serviceFor(%j) takes the container and the account of the address',
  (uri) => {
    expect(serviceFor(uri, { AZURE_STORAGE_ACCESS_KEY: 'a2V5' })).toEqual({
      scheme: 'azblob',
      options: {
        container: 'box',
        root: '/p/q',
        account_name: 'acme',
        endpoint: 'https://acme.blob.core.windows.net',
        account_key: 'a2V5',
      },
    });
  },
);

test('serviceFor() takes an Azure connection string', () => {
  const text =
    'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5PT0=;EndpointSuffix=core.example';
  expect(serviceFor('azblob://box', { AZURE_STORAGE_CONNECTION_STRING: text }).options).toEqual({
    container: 'box',
    account_name: 'acme',
    endpoint: 'https://acme.blob.core.example',
    account_key: 'a2V5PT0=',
  });
});

test.each([
  ['s3://bucket', 'set AWS_REGION'],
  ['azblob://box', 'set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT'],
  ['s3://key:secret@bucket', 'put them into the environment'],
  ['s3://', 'correct the address'],
  ['s3://bucket/p?secret=1', 'correct the address'],
  ['gs://bucket/a/../b', "segment '..'"],
  ['ftp://host/x', 'a scheme of s3, gs, azblob'],
  ['memory://x', 'a scheme of s3, gs, azblob'],
])('openBlobStore(%j) says what is missing', async (uri, remedy) => {
  const opened = openBlobStore(uri, { environment: {} });
  await expect(opened).rejects.toThrow(remedy);
  await expect(opened).rejects.not.toThrow(/secret/);
});

test.skipIf(opendalIsMissing)(
  'presignRead() signs with the keys of the environment, session and prefix included',
  async () => {
    const store = await openBlobStore('s3://bucket/pre', {
      environment: { ...keys, AWS_SESSION_TOKEN: 'token' },
    });
    const request = await store.presignRead?.(artifactPath('a/b c'), { expiresInSeconds: 600 });
    const url = new URL(request?.url ?? '');
    expect(url.origin + url.pathname).toBe('https://s3.eu-west-1.amazonaws.com/bucket/pre/a/b%20c');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request$/,
    );
    expect(url.searchParams.get('X-Amz-Expires')).toBe('600');
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('token');
  },
);

test.skipIf(opendalIsMissing)('presignRead() is absent where the place signs nothing', async () => {
  const environment = { AZURE_STORAGE_ACCOUNT: 'acme', AZURE_STORAGE_ACCESS_KEY: 'a2V5' };
  expect((await openBlobStore('azblob://box', { environment })).presignRead).toBeUndefined();
});
