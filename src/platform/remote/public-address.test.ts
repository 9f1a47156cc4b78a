import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { remoteUrl } from './remote-url.ts';

const publicOnes = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
  ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15'],
  ...['2606:4700:4700::1111', '2a00:1450:4001:830::200e', '2001:200::1', '2001:4860:4860::8888'],
  // Mapped, NAT64 and 6to4 of 8.8.8.8
  ...['::ffff:8.8.8.8', '::FFFF:808:808', '64:ff9b::8.8.8.8', '2002:808:808::1'],
];

const privateOnes = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
  ...['127.0.0.1', '127.255.255.254', '168.63.129.16', '169.254.0.1', '169.254.169.254', '169.254.170.2'],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1'],
  ...['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250'],
  ...['240.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '0:0:0:0:0:ffff:a00:1',
  ],
  ...['::ffff:169.254.169.254', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::8.8.8.8', '100::1'],
  ...[
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '2002:c0a8:1::1',
    '2001::1',
    '2001:0:4136:e378::1',
    '2001:db8::1',
  ],
  ...[
    '3fff::1',
    '4000::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
  ],
  ...['5f00::1', '1fff:ffff::1', '', 'localhost', '8.8.8', '8.8.8.8/32', '[::1]', '2606:4700:4700::1111%1'],
];

test.each(publicOnes)('isPublicAddress(%j) is true', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each(privateOnes)('isPublicAddress(%j) is false', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  ...['http://127.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://0x7f000001/'],
  ...['http://127.0.0.1./', 'http://[::ffff:127.0.0.1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://①②⑦.0.0.1/'],
  ...[
    'http://0/',
    'http://10.1/',
    'http://169.254.43518/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://%31%30.0.0.1/',
  ],
])('a host spelled as %j is seen for the address that it is', (url) => {
  expect(isPublicAddress(remoteUrl(url).hostname.replace(/^\[|\]$/g, ''))).toBe(false);
});

test.each([
  ['file:///etc/passwd', "its protocol is 'file'"],
  ['ftp://example.com/a', "its protocol is 'ftp'"],
  ['data:application/json,[]', "its protocol is 'data'"],
  ['gopher://example.com/', "its protocol is 'gopher'"],
  ['javascript:alert(1)', "its protocol is 'javascript'"],
  ['http://user:secret@example.com/', 'it has a user name or a password'],
  ['https://user@example.com/', 'it has a user name or a password'],
  ['http://', 'it is no URL'],
  ['//example.com/a', 'it is no URL'],
  ['example.com/a', 'it is no URL'],
  ['http://999.1.1.1/', 'it is no URL'],
  ['http://example.com:99999/', 'it is no URL'],
  [`http://example.com/${'a'.repeat(5000)}`, 'it is no URL'],
])('remoteUrl(%j) is refused: %s', (url, reason) => {
  expect(() => remoteUrl(url)).toThrow(reason);
});

test('remoteUrl() does not repeat a password', () => {
  expect(() => remoteUrl('http://user:planted@example.com/')).not.toThrow('planted');
});
