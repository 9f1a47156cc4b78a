import { expect, test } from 'vitest';
import {
  fileError,
  InputError,
  InputErrors,
  InterruptedError,
  isSystemError,
  NumericError,
  ResourceError,
} from './index.ts';

test('InputError says where the fault lies, as far as it is known', () => {
  const message = (location?: { file?: string; line?: number }) =>
    new InputError('Cannot read a row', location === undefined ? {} : { location }).message;
  expect(message()).toBe('Cannot read a row');
  expect(message({ file: 'a.jsonl' })).toBe('a.jsonl: Cannot read a row');
  expect(message({ file: 'a.jsonl', line: 17 })).toBe('a.jsonl:17: Cannot read a row');
  expect(message({ line: 17 })).toBe('line 17: Cannot read a row');
});

test('InputErrors lists all faults and is an InputError', () => {
  const error = new InputErrors('Cannot use the configuration', ['one', 'two'], {
    location: { file: 'c.yaml' },
  });
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toBe('c.yaml: Cannot use the configuration\n  - one\n  - two');
  expect(error.faults).toEqual(['one', 'two']);
});

test('errors keep their cause and carry their class’s name', () => {
  const cause = new Error('inner');
  expect(new InputError('a', { cause }).cause).toBe(cause);
  expect(new ResourceError('a', { cause }).cause).toBe(cause);
  expect('cause' in new InputError('a')).toBe(false);
  const names = [InputError, ResourceError, NumericError, InterruptedError].map((kind) => new kind('a').name);
  expect(names).toEqual(['InputError', 'ResourceError', 'NumericError', 'InterruptedError']);
});

test('fileError() tells the user’s fault from the machine’s, and leaves other errors alone', () => {
  const system = (code: string) => Object.assign(new Error(code), { code });
  const missing = fileError("Cannot read 'a'", system('ENOENT'));
  expect(missing).toBeInstanceOf(InputError);
  expect(missing).toHaveProperty(
    'message',
    "Cannot read 'a': there is no such file or directory; check the path",
  );
  expect(fileError("Cannot write 'a'", system('ENOSPC'))).toBeInstanceOf(ResourceError);
  expect(fileError("Cannot write 'a'", system('EODD'))).toHaveProperty(
    'message',
    "Cannot write 'a': the system reports EODD; check the path",
  );
  const other = new TypeError('x');
  expect(fileError('Cannot', other)).toBe(other);
  expect([isSystemError(other), isSystemError({ code: 'ENOENT' })]).toEqual([false, false]);
});
