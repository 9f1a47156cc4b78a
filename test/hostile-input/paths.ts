// Verbs and paths that no route has, or that want to lead out of one.
import type { HostileCase, HostileGroup } from './case.ts';
import { head, send, talk } from './send.ts';

function ask(line: string, answer: HostileCase['answer'], what = `\`${line}\``): HostileCase {
  return { what, send: (world) => send(world, line), answer };
}

const notFound = { status: 404 };
const notAllowed = (allow: RegExp) => ({ status: 405, code: 'method_not_supported', headers: { allow } });

export const pathCases: HostileGroup = {
  title: 'Verbs and paths',
  cases: [
    ask('PATCH /v1/files', notAllowed(/POST, GET/)),
    ask('PUT /v1/chat/completions', notAllowed(/POST/)),
    ask('DELETE /v1/fine_tuning/jobs', notAllowed(/GET/)),
    ask('GET /trigger-finetune', { status: 405, message: 'Method Not Allowed', headers: { allow: /POST/ } }),
    ask('TRACE /v1/models', notAllowed(/GET/)),
    ask('QUERY /v1/chat/completions', notAllowed(/POST/)),
    ask('OPTIONS /v1/models', notAllowed(/GET/)),
    {
      what: '`CONNECT 169.254.169.254:80`',
      send: (world) =>
        talk(world.url, (socket) => void socket.write(head(world, 'CONNECT 169.254.169.254:80'))),
      answer: { status: 0 },
    },
    {
      what: "another server's address as a path: `GET http://169.254.169.254/latest/meta-data`",
      send: (world) =>
        talk(
          world.url,
          (socket) => void socket.write(head(world, 'GET http://169.254.169.254/latest/meta-data')),
        ),
      answer: notFound,
    },
    ask('BREW /v1/models', { status: 400, message: 'it is no HTTP' }),
    ask('GET /v1/', notFound),
    ask('GET /v1/nothing', { status: 404, message: 'Invalid URL (GET /v1/nothing)' }),
    ask('GET //v1/models', notFound),
    ask('GET /v1//models', notFound),
    ask('GET /v1/./models', notFound),
    ask('GET /v1/x/../models', notFound),
    ask('GET /v1/%2e%2e/metrics', notFound),
    ask('GET /%2e%2e/%2e%2e/etc/passwd', notFound),
    ask('GET /..%5c..%5cwindows%5cwin.ini', notFound),
    ask('GET /v1/models;admin=true', notFound),
    ask('GET /V1/MODELS', notFound),
    ask('GET /v1/models%00', { status: 404 }),
    ask('GET /%c0%ae%c0%ae/etc/passwd', { status: 400, message: 'cannot be decoded' }),
    ask(`GET /v1/${'a/'.repeat(5000)}`, notFound, 'a path of 5,000 folders'),
    ask(
      `GET /v1/files?${'a=b&'.repeat(3000)}`,
      { status: 200 },
      'a query of 3,000 values: those unknown are passed over',
    ),
    ask('GET /v1/files?__proto__[x]=1&constructor=2', { status: 200 }, 'a query of `__proto__`: passed over'),
    {
      what: 'an artifact outside of the store: `..%2F..%2F`',
      send: (world) =>
        send(world, 'GET /api/2.0/mlflow-artifacts/artifacts/..%2F..%2F..%2Fsmall%2Fconfig.json', {
          as: 'root',
        }),
      answer: { status: 400, message: 'Invalid path' },
    },
    {
      what: 'an artifact to be put outside of the store',
      send: (world) =>
        send(world, 'PUT /api/2.0/mlflow-artifacts/artifacts/a/%2e%2e/%2e%2e/%2e%2e/evil', {
          as: 'root',
          body: 'x',
        }),
      answer: { status: 400, message: 'Invalid path' },
    },
  ],
};
