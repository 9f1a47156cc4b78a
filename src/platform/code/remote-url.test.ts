// Addresses of repositories lose what it takes to get in.
import { expect, test } from 'vitest';
import { chooseRemote, publicRemoteUrl } from './remote-url.ts';

test.each([
  ['https://github.com/o/r.git', 'https://github.com/o/r.git'],
  ['https://ghp_token@github.com/o/r', 'https://github.com/o/r'],
  ['https://user:p%40ss@host:8443/o/r?access_token=t#f', 'https://host:8443/o/r'],
  ['ssh://git:secret@host:22/o/r', 'ssh://git@host:22/o/r'],
  ['git@host:o/r.git', 'git@host:o/r.git'],
  ['../elsewhere', '../elsewhere'],
  ['s3://key:secret@bucket/r', 's3://bucket/r'],
  ['user:secret@host:o/r', undefined],
  ['https://user:pa/ss@host/r', undefined],
  ['ext::sh -c "curl -u user:secret"', undefined],
])('publicRemoteUrl() of %s is %s', (url, shown) => {
  expect(publicRemoteUrl(url)).toBe(shown);
});

test('chooseRemote() prefers origin, else takes the first', () => {
  expect(
    chooseRemote(
      new Map([
        ['a', 'git@a:r'],
        ['origin', 'git@o:r'],
      ]),
    ),
  ).toBe('git@o:r');
  expect(
    chooseRemote(
      new Map([
        ['a', 'git@a:r'],
        ['b', 'git@b:r'],
      ]),
    ),
  ).toBe('git@a:r');
  expect(chooseRemote(new Map())).toBeUndefined();
});
