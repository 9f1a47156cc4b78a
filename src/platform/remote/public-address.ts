// Which addresses belong to the public internet, and which to this machine, its network or its cloud.
import { BlockList, isIP } from 'node:net';

/** IPv4, by IANA's registry of special addresses, and what clouds serve secrets from. */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Of an Azure machine's host
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Within 2000::/3, outside of which nothing is public: protocols' own, Teredo, documentation. */
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
] as const;

const blocked4 = new BlockList();
for (const [network, prefix] of special4) blocked4.addSubnet(network, prefix, 'ipv4');
const blocked6 = new BlockList();
for (const [network, prefix] of special6) blocked6.addSubnet(network, prefix, 'ipv6');

/** Whether an address is one that anybody on the internet could reach. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !blocked4.check(address, 'ipv4');
  // A zone belongs to addresses of a link
  if (family !== 6 || address.includes('%')) return false;
  const groups = groupsOf(address);
  const embedded = embedded4(groups);
  if (embedded !== undefined) return isPublicAddress(embedded);
  const [first = 0] = groups;
  return first >= 0x2000 && first <= 0x3fff && !blocked6.check(address, 'ipv6');
}

/** The IPv4 address that a packet comes to in the end: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96) and 6to4 (2002::/16). */
function embedded4(groups: readonly number[]): string | undefined {
  const starts = (...prefix: readonly number[]) => prefix.every((group, i) => groups[i] === group);
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0x64, 0xff9b, 0, 0, 0, 0)) return dotted(groups[6], groups[7]);
  if (starts(0x2002)) return dotted(groups[1], groups[2]);
  return undefined;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight numbers of an address that is one. */
function groupsOf(address: string): number[] {
  // URL knows all spellings, and writes one of them, without dots
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const left = numbers(head);
  const right = numbers(tail ?? '');
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function numbers(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
