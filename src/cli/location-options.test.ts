// Where records are kept, by options and by the environment.
import { expect, test } from 'vitest';
import { withEnvironment } from './location-options.ts';

const env = { HONE_DATABASE: 'postgres://hone@db/hone', HONE_ARTIFACTS: 's3://bucket' };

test('withEnvironment() takes what is not given from the environment', () => {
  expect(withEnvironment({}, env)).toEqual({ database: 'postgres://hone@db/hone', artifacts: 's3://bucket' });
  expect(withEnvironment({ database: 'sqlite:x.db' }, env)).toEqual({
    database: 'sqlite:x.db',
    artifacts: 's3://bucket',
  });
  expect(withEnvironment({}, { HONE_DATABASE: '' })).toEqual({});
});

test('withEnvironment() lets a given data directory stand for all that lies in it', () => {
  expect(withEnvironment({ data: 'here' }, env)).toEqual({ data: 'here' });
});
