import { createServer, type Server } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { flowNames, type GoldenFlow, loadFlow, replayFlow } from './index.ts';
import type { Json } from './json.ts';

const run = 'a'.repeat(32);

/** A conversation: a run is made, and read by the id that the answer gave. */
const flow: GoldenFlow = {
  flow: 'small',
  about: 'a run',
  exchanges: [
    {
      step: 'make',
      request: { method: 'POST', path: '/make', headers: {}, body: { kind: 'json', value: { name: 'r' } } },
      answer: json({ run_id: '{{run:1}}', made: '{{time}}' }),
    },
    {
      step: 'read',
      request: { method: 'GET', path: '/read?id={{run:1}}', headers: {}, body: { kind: 'none' } },
      answer: json({ run_id: '{{run:1}}', tags: [{ key: 'a' }, { key: 'b' }], note: '' }),
    },
  ],
};

const made = { run_id: run, made: 1_700_000_000_000 };
const read = { run_id: run, tags: [{ key: 'b' }, { key: 'a' }], note: '' };

function json(value: Json): GoldenFlow['exchanges'][number]['answer'] {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: { kind: 'json', value } };
}

/** A server that answers each path with one value; anything else is 404. */
async function serve(answers: Readonly<Record<string, Json>>): Promise<string> {
  const server = createServer((request, response) => {
    const value = answers[request.url ?? ''];
    response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => close(server));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function places(answers: Readonly<Record<string, Json>>): Promise<string[]> {
  const { differences } = await replayFlow(flow, await serve(answers));
  return differences.map(({ index, place }) => `${index} ${place}`);
}

test('replayFlow binds what an answer shows and asks with it; tags compare as a set', async () => {
  expect(await places({ '/make': made, [`/read?id=${run}`]: read })).toEqual([]);
});

test('replayFlow tells an absent field from an empty one, and a number from a text', async () => {
  const { note: _, ...withoutNote } = read;
  const wrong = { '/make': { ...made, made: '1700000000000' }, [`/read?id=${run}`]: withoutNote };
  expect(await places(wrong)).toEqual(['0 $.made', '1 $.note']);
});

test('replayFlow refuses another value where one is bound', async () => {
  const other = { ...read, run_id: 'b'.repeat(32) };
  expect(await places({ '/make': made, [`/read?id=${run}`]: other })).toEqual(['1 $.run_id']);
});

test('replayFlow does not send a request whose value no answer gave', async () => {
  const { differences } = await replayFlow(flow, await serve({ '/make': { made: 1_700_000_000_000 } }));
  expect(differences.map(({ place, got }) => [place, got])).toEqual([
    ['$.run_id', '(absent)'],
    ['status', '(not sent: no answer has given {{run:1}})'],
  ]);
});

test('replayFlow keeps differences that are meant apart, with their reason', async () => {
  const known = [{ step: /^read$/, place: /note/, reason: 'on purpose' }];
  const { note: _, ...withoutNote } = read;
  const url = await serve({ '/make': made, [`/read?id=${run}`]: withoutNote });
  const outcome = await replayFlow(flow, url, { known });
  expect(outcome.differences).toEqual([]);
  expect(outcome.deliberate.map(({ reason }) => reason)).toEqual(['on purpose']);
});

test('loadFlow reads every golden file, and each placeholder of a request is given by an earlier answer', () => {
  for (const { flow: name, exchanges } of flowNames().map(loadFlow)) {
    let given = '';
    for (const { request, answer } of exchanges) {
      const needed = JSON.stringify(request, plain).match(/\{\{[a-z]+:\d+\}\}/g) ?? [];
      expect(
        needed.filter((one) => !given.includes(one)),
        name,
      ).toEqual([]);
      given += JSON.stringify(answer, plain);
    }
  }
});

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
