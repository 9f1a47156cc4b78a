// The DPO service: URLs that lead to this machine or never end, data sets that are none, signatures that do not fit, and too many runs.

import { createHash, createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import type { HostileCase, HostileGroup } from './case.ts';
import { type Reply, send } from './send.ts';
import { sendHttp } from './send-http.ts';
import type { World } from './world.ts';

const trigger = 'POST /trigger-finetune';
const good = { kb_id: 'kb', base_model: 'small', algo: 'dpo', exp_name: 'a' };
const record = { prompt: 'Hi', chosen: 'Hello', rejected: 'No' };

function url(
  what: string,
  dataset_url: string | ((world: World) => string),
  answer: HostileCase['answer'],
): HostileCase {
  return {
    what,
    async send(world) {
      const asked = world.remote.asked.length;
      const place = typeof dataset_url === 'string' ? dataset_url : dataset_url(world);
      const reply = await send(world, trigger, { body: { ...good, dataset_url: place } });
      const connections = world.remote.asked.length - asked;
      return connections === 0 ? reply : { ...reply, status: -1, text: 'the address was asked' };
    },
    answer,
  };
}

type Signing = {
  readonly claims?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in place of what was signed. */
  readonly sent?: string;
  readonly path?: string;
};

let users = 0;

/** A request to the server behind a gateway, signed as its user; each has a user of its own, unless the claims say otherwise. */
async function signed(world: World, body: unknown, signing: Signing = {}): Promise<Reply> {
  const {
    claims = { uid: `user-${++users}`, admin: true },
    headers = {},
    path = '/trigger-finetune',
  } = signing;
  const text = JSON.stringify(body);
  const user = Buffer.from(JSON.stringify(claims)).toString('base64');
  const hash = createHash('sha256').update(text).digest('hex');
  const signature = createHmac('sha256', world.gatewaySecret)
    .update(['POST', '/trigger-finetune', hash, user].join('\n'))
    .digest('hex');
  return await sendHttp(world.gatewayUrl, `POST ${path}`, {
    headers: {
      'content-type': 'application/json',
      ...{ 'x-novalto-user': user, 'x-novalto-signature': signature },
      ...headers,
    },
    body: signing.sent ?? text,
  });
}

/** A file that the server may fetch, and should not take. */
function fetched(what: string, path: string, message: string): HostileCase {
  return {
    what,
    send: async (world) => {
      const reply = await signed(world, { ...good, dataset_url: `${world.remote.url}${path}` });
      return reply.text.includes('planted') ? { ...reply, status: -1 } : reply;
    },
    answer: { status: 400, message },
  };
}

function inline(what: string, body: object, answer: HostileCase['answer']): HostileCase {
  return { what, send: (world) => send(world, trigger, { body }), answer };
}

function signature(what: string, signing: Signing, answer: HostileCase['answer']): HostileCase {
  return { what, send: (world) => signed(world, { ...good, dataset_inline: [] }, signing), answer };
}

const notPublic = { status: 400, message: 'its host is not on the public internet' };
const notFetched = (message: string) => ({ status: 400, message });
const port = ({ remote }: World) => remote.port;
const wrongSignature = { status: 401, message: 'x-novalto-signature does not fit the request' };

export const urlCases: HostileGroup = {
  title: 'URLs of data sets',
  cases: [
    url('`127.0.0.1`', (world) => `http://127.0.0.1:${port(world)}/secret`, notPublic),
    url('`localhost`', (world) => `http://localhost:${port(world)}/secret`, notPublic),
    url(
      'a name of this machine, which leads to an address of its own',
      (world) => `http://${hostname()}:${port(world)}/secret`,
      { status: 400, message: 'Cannot fetch the file' },
    ),
    url('`127.1`', (world) => `http://127.1:${port(world)}/secret`, notPublic),
    url('`0.0.0.0`', (world) => `http://0.0.0.0:${port(world)}/secret`, notPublic),
    url('one number: `2130706433`', (world) => `http://2130706433:${port(world)}/secret`, notPublic),
    url('octal: `0177.0.0.1`', (world) => `http://0177.0.0.1:${port(world)}/secret`, notPublic),
    url('hexadecimal: `0x7f000001`', (world) => `http://0x7f000001:${port(world)}/secret`, notPublic),
    url('other digits: `①②⑦.0.0.1`', (world) => `http://①②⑦.0.0.1:${port(world)}/secret`, notPublic),
    url('`[::1]`', (world) => `http://[::1]:${port(world)}/secret`, notPublic),
    url('`[::ffff:127.0.0.1]`', (world) => `http://[::ffff:127.0.0.1]:${port(world)}/secret`, notPublic),
    url('NAT64: `[64:ff9b::7f00:1]`', (world) => `http://[64:ff9b::7f00:1]:${port(world)}/secret`, notPublic),
    url('6to4: `[2002:7f00:1::]`', (world) => `http://[2002:7f00:1::]:${port(world)}/secret`, notPublic),
    url('the secrets of a cloud: `169.254.169.254`', 'http://169.254.169.254/latest/meta-data/', notPublic),
    url('the secrets of another: `[fd00:ec2::254]`', 'http://[fd00:ec2::254]/latest/', notPublic),
    url('the host of an Azure machine: `168.63.129.16`', 'http://168.63.129.16/machine', notPublic),
    url('a private network: `10.0.0.1`', 'https://10.0.0.1/', notPublic),
    url('carrier-grade NAT: `100.64.0.1`', 'https://100.64.0.1/', notPublic),
    url('`file:`', 'file:///etc/passwd', notFetched("its protocol is 'file'")),
    url('`ftp:`', 'ftp://example.com/a', notFetched("its protocol is 'ftp'")),
    url('`gopher:`', 'gopher://127.0.0.1:25/_MAIL', notFetched("its protocol is 'gopher'")),
    url('`data:`', 'data:application/json,[]', notFetched("its protocol is 'data'")),
    url(
      'a user and a password',
      'https://user:pass@example.com/a',
      notFetched('it has a user name or a password'),
    ),
    url('no URL', '//example.com/a', notFetched('it is no URL')),
    url('a path of this machine', '/etc/passwd', notFetched('it is no URL')),
    url('a URL of 5,000 characters', `https://example.com/${'a'.repeat(5000)}`, notFetched('it is no URL')),
    url('a host that nobody knows', 'https://nobody.invalid/a', notFetched('its host is not known')),
    fetched('a redirect to itself without end', '/loop', 'it redirects more than 5 times'),
    fetched('a redirect to `file:`', '/to-file', "its protocol is 'file'"),
    fetched('a redirect to `gopher:`', '/to-gopher', "its protocol is 'gopher'"),
    fetched('a redirect with a password', '/to-user', 'it has a user name or a password'),
    fetched('an answer of 500', '/error', 'the status 500'),
    fetched('a body without end', '/endless', 'more than 1048576 bytes'),
    fetched('a body that breaks off', '/half', 'the connection failed'),
    fetched('a server that never answers', '/silent', 'nothing came for 15 s'),
    fetched('50 MB of gzip in 50 KB', '/bomb.gz', 'more than 1048576 bytes'),
    fetched('gzip in gzip', '/twice.gz', 'more than 1048576 bytes'),
    fetched('gzip that breaks off', '/broken.gz', 'its gzip data are broken'),
    fetched('a page', '/page.html', 'it is neither a JSON list nor JSON lines'),
    fetched('a picture', '/image.png', 'it is no text in UTF-8'),
    fetched('nothing', '/empty', 'it is empty'),
    fetched('a secret in its second line, which is not told', '/line-2', 'line 2 is no JSON'),
  ],
};

export const dpoCases: HostileGroup = {
  title: 'Runs, signatures and rates of the DPO service',
  cases: [
    inline('none of the fields', {}, { status: 400, message: 'it has none of the fields' }),
    inline(
      'both shapes at once',
      { ...good, communityId: 'a', dataset: [record] },
      { status: 400, message: 'belong to one shape' },
    ),
    inline(
      'an algorithm that is not known',
      { ...good, algo: 'magic', dataset_inline: [record] },
      { status: 400, message: 'algo' },
    ),
    inline(
      'a base model that is not there',
      { ...good, base_model: '../../etc', dataset_inline: [record] },
      { status: 400, message: 'this service has no such model' },
    ),
    inline(
      'a line end in a name',
      { ...good, exp_name: 'a\nb', dataset_inline: [record] },
      { status: 400, message: 'on one line' },
    ),
    inline('no records', { ...good, dataset_inline: [] }, { status: 400, message: 'is empty' }),
    inline(
      'records that are numbers',
      { ...good, dataset_inline: [1] },
      { status: 400, message: 'dataset_inline[0]: it is no object' },
    ),
    inline(
      'a better and a worse answer that are the same',
      { ...good, dataset_inline: [{ ...record, rejected: 'Hello' }] },
      { status: 400, message: 'are the same' },
    ),
    inline(
      'pairs of responses that are not there',
      { ...good, dataset_inline: [{ prompt: 'a', responses: ['b', 'c'], pairs: [[0, 7]], sft_target: 'b' }] },
      { status: 400, message: 'pairs[0]' },
    ),
    inline(
      '20 MB of records where 5 may be',
      { ...good, dataset_inline: ['a'.repeat(20_000_000)] },
      { status: 413, message: 'larger than' },
    ),
    {
      what: 'a key for repeated requests that is none',
      send: (world) =>
        send(world, trigger, {
          headers: { 'idempotency-key': 'a b' },
          body: { ...good, dataset_inline: [record] },
        }),
      answer: { status: 400, message: 'Cannot read Idempotency-Key' },
    },
    signature(
      'no signature',
      { headers: { 'x-novalto-signature': '' } },
      { status: 401, message: 'it has no x-novalto-signature' },
    ),
    signature('a signature that is no hash', { headers: { 'x-novalto-signature': 'true' } }, wrongSignature),
    signature('a signature of zeros', { headers: { 'x-novalto-signature': '0'.repeat(64) } }, wrongSignature),
    signature(
      'a signature that was overheard, with another body',
      { sent: JSON.stringify({ ...good, dataset_inline: [record] }) },
      wrongSignature,
    ),
    signature(
      'a signature that was overheard, on another path',
      { path: '/trigger_finetune' },
      wrongSignature,
    ),
    signature(
      'a signature that was overheard, for another user',
      { headers: { 'x-novalto-user': Buffer.from('{"uid":"root","admin":true}').toString('base64') } },
      wrongSignature,
    ),
    signature(
      'a user who is no admin',
      { claims: { uid: 'eve' } },
      { status: 403, message: 'only admins may start runs' },
    ),
    signature(
      'an admin by a word in place of true',
      { claims: { uid: 'eve', admin: 'true' } },
      { status: 401, message: 'x-novalto-user' },
    ),
    signature(
      'claims without a user',
      { claims: { admin: true } },
      { status: 401, message: 'x-novalto-user' },
    ),
    signature('claims that are no object', { claims: 7 }, { status: 401, message: 'x-novalto-user' }),
    {
      what: 'an API key in place of a signature',
      send: ({ gatewayUrl, keys }) =>
        sendHttp(gatewayUrl, trigger, {
          headers: { authorization: `Bearer ${keys.root}`, 'content-type': 'application/json' },
          body: '{}',
        }),
      answer: { status: 401, message: "only the gateway's requests are taken" },
    },
    {
      what: 'a fourth run of one user within a minute',
      async send(world) {
        const claims = { uid: 'mallory', admin: true };
        for (let i = 0; i < 3; i++) await signed(world, {}, { claims });
        return await signed(world, {}, { claims });
      },
      answer: {
        ...{ status: 429, message: 'as many as may be' },
        headers: { 'retry-after': /^[1-9]\d?$/, 'retry-after-ms': /^[1-9]\d+$/ },
      },
    },
  ],
};
