// Headers of callers who pretend, and requests that are two at once.
import type { HostileCase, HostileGroup } from './case.ts';
import { head, type Reply, send, talk } from './send.ts';
import type { World } from './world.ts';

type Headers = Readonly<Record<string, string>>;

function ask(
  what: string,
  headers: Headers | ((world: World) => Headers),
  answer: HostileCase['answer'],
  line = 'GET /v1/models',
): HostileCase {
  return {
    what,
    send: (world) =>
      send(world, line, { as: null, headers: typeof headers === 'function' ? headers(world) : headers }),
    answer,
  };
}

/** What asks as Ann, with more headers. */
function asAnn(
  what: string,
  headers: Headers,
  answer: HostileCase['answer'],
  line = 'GET /v1/models',
): HostileCase {
  return { what, send: (world) => send(world, line, { headers }), answer };
}

function key(
  what: string,
  as: keyof World['keys'],
  line: string,
  answer: HostileCase['answer'],
): HostileCase {
  return {
    what,
    send: (world) => send(world, line, { as, ...(line.startsWith('POST') && { body: {} }) }),
    answer,
  };
}

function raw(what: string, bytes: (world: World) => string, answer: HostileCase['answer']): HostileCase {
  return { what, send: (world) => talk(world.url, (socket) => void socket.write(bytes(world))), answer };
}

/** How many answers come back over one connection: each is a request that the server saw. */
async function answersTo(world: World, bytes: string): Promise<Reply> {
  let text = '';
  const reply = await talk(
    world.url,
    (socket) => {
      socket.on('data', (part: Buffer) => {
        text += part.toString();
      });
      socket.write(bytes);
    },
    1000,
  );
  return { ...reply, text: `answers: ${text.split('HTTP/1.1 ').length - 1}` };
}

const noKey = { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' };
const forbidden = { status: 403, type: 'invalid_request_error', code: 'missing_scope' };
const notHttp = { status: 400, message: 'it is no HTTP' };
const smuggled = 'GET /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

export const headerCases: HostileGroup = {
  title: 'Headers and keys',
  cases: [
    ask('no key', {}, noKey),
    ask('a key that nobody made', { authorization: 'Bearer sk-nothing' }, noKey),
    ask(
      'a key with a typing error',
      ({ keys }) => ({ authorization: `Bearer ${keys.ann.slice(0, -1)}_` }),
      noKey,
    ),
    ask(
      'the beginning of a key',
      ({ keys }) => ({ authorization: `Bearer ${keys.ann.slice(0, 16)}` }),
      noKey,
    ),
    ask(
      'two keys in one header',
      ({ keys }) => ({ authorization: `Bearer ${keys.ann}, Bearer ${keys.bob}` }),
      noKey,
    ),
    ask('a key without `Bearer`', ({ keys }) => ({ authorization: keys.ann }), noKey),
    ask('`Basic` that is no base64', { authorization: 'Basic %%%' }, noKey),
    ask('a key of 15 KB', { authorization: `Bearer ${'a'.repeat(15_000)}` }, noKey),
    ask('SQL as a key', { authorization: "Bearer '/**/OR/**/1=1--" }, noKey),
    key('a key that is over', 'expired', 'GET /v1/models', noKey),
    key('a key that was revoked', 'revoked', 'GET /v1/models', noKey),
    key('a key for chats, to upload', 'talker', 'POST /v1/files', forbidden),
    key('a key for chats, to tune', 'talker', 'POST /v1/fine_tuning/jobs', forbidden),
    key('a key for reading, to chat', 'reader', 'POST /v1/chat/completions', forbidden),
    key('a key for chats, for MLflow', 'talker', 'POST /api/2.0/mlflow/experiments/create', {
      status: 403,
      message: "needs '",
    }),
    key('a key of one caller, for the metrics of all', 'talker', 'GET /metrics', {
      status: 403,
      message: "needs 'read'",
    }),
    asAnn(
      'another host, as in DNS rebinding',
      { host: 'attacker.example' },
      { status: 403, message: 'Invalid Host header - possible DNS rebinding attack detected' },
    ),
    asAnn(
      'an IP address of the cloud as host',
      { host: '169.254.169.254' },
      { status: 403, message: 'Invalid Host header' },
    ),
    raw(
      'no host at all',
      ({ keys }) =>
        `GET /v1/models HTTP/1.1\r\nAuthorization: Bearer ${keys.ann}\r\nConnection: close\r\n\r\n`,
      { status: 400 },
    ),
    raw('two hosts', (world) => head(world, 'GET /v1/models', ['Host: attacker.example']), { status: 400 }),
    asAnn(
      "another page's origin, to change something",
      { origin: 'https://attacker.example' },
      { status: 403, message: 'Cross-origin request blocked' },
      'DELETE /v1/files/file-x',
    ),
    asAnn(
      'the origin `null`, to change something',
      { origin: 'null' },
      { status: 403, message: 'Cross-origin request blocked' },
      'DELETE /v1/files/file-x',
    ),
    asAnn(
      'a preflight of another page',
      { origin: 'https://attacker.example', 'access-control-request-method': 'POST' },
      { status: 400, message: 'Disallowed CORS origin' },
      'OPTIONS /v1/files',
    ),
    ask(
      '`X-Forwarded-For` and `X-Real-IP` of the loopback, without a key',
      { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      noKey,
    ),
    asAnn(
      '`X-Forwarded-Host` of an attacker: passed over',
      { 'x-forwarded-host': 'attacker.example' },
      { status: 200 },
    ),
    asAnn(
      '`X-HTTP-Method-Override`: passed over',
      { 'x-http-method-override': 'DELETE' },
      { status: 404, type: 'invalid_request_error' },
      'GET /v1/files/file-x',
    ),
    asAnn(
      'a name of the request that would break the log',
      { 'x-request-id': `a"} {"level":"error"` },
      { status: 200, headers: { 'x-request-id': /^req_[\w-]+$/ } },
    ),
    asAnn('a trace that is none', { traceparent: '00-zz-zz-zz' }, { status: 200 }),
    asAnn(
      'headers of 100 KB',
      { 'x-bomb': 'a'.repeat(100_000) },
      { status: 431, message: 'its headers are larger than' },
    ),
    raw(
      '3,000 headers',
      (world) =>
        head(
          world,
          'GET /v1/models',
          Array.from({ length: 3000 }, (_, i) => `x${i}: 1`),
        ),
      { status: 431 },
    ),
    raw(
      'a line end in a header',
      (world) => head(world, 'GET /v1/models', ['X-A: b\rSet-Cookie: c']),
      notHttp,
    ),
    raw('U+0000 in a header', (world) => head(world, 'GET /v1/models', ['X-A: b\0c']), notHttp),
    raw('a header without a colon', (world) => head(world, 'GET /v1/models', ['X-A']), notHttp),
    raw('a header over two lines', (world) => head(world, 'GET /v1/models', ['X-A: b', ' c']), notHttp),
    {
      what: 'both lengths (TE and CL), to smuggle a second request',
      send: (world) =>
        answersTo(
          world,
          `${head(world, 'POST /v1/fine_tuning/jobs', [
            `Content-Length: ${5 + smuggled.length}`,
            'Transfer-Encoding: chunked',
          ])}0\r\n\r\n${smuggled}`,
        ),
      answer: { status: 400, message: 'answers: 1' },
    },
    {
      what: 'two lengths that differ',
      send: (world) =>
        answersTo(
          world,
          `${head(world, 'POST /v1/fine_tuning/jobs', ['Content-Length: 0', `Content-Length: ${smuggled.length}`])}${smuggled}`,
        ),
      answer: { status: 400, message: 'answers: 1' },
    },
    raw(
      '`Transfer-Encoding: xchunked`',
      (world) => `${head(world, 'POST /v1/fine_tuning/jobs', ['Transfer-Encoding: xchunked'])}0\r\n\r\n`,
      { status: 400 },
    ),
    raw(
      'a length of -1',
      (world) => head(world, 'POST /v1/fine_tuning/jobs', ['Content-Length: -1']),
      notHttp,
    ),
    raw(
      'a chunk whose length is none',
      (world) =>
        `${head(world, 'POST /v1/chat/completions', ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}zz\r\n{}\r\n`,
      { status: 400 },
    ),
    asAnn('an expectation that nobody has', { expect: '500-internal-server-error' }, { status: 417 }),
    asAnn(
      'an upgrade to a WebSocket: there is none',
      {
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-key': 'a',
        'sec-websocket-version': '13',
      },
      { status: 200 },
    ),
    raw('TLS to a plain port', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', notHttp),
    raw('HTTP/2 without asking', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { status: 400 }),
    raw('a word that is no request', () => 'HELO attacker\r\n\r\n', notHttp),
  ],
};
