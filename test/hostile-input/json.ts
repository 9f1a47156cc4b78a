// Bodies that are no JSON, or JSON that nobody means.
import { gzipSync } from 'node:zlib';
import type { HostileCase, HostileGroup } from './case.ts';
import { head, type Sent, send, talk } from './send.ts';
import type { World } from './world.ts';

const chat = 'POST /v1/chat/completions';
const good = { model: 'small', messages: [{ role: 'user', content: 'Hi' }], max_completion_tokens: 2 };
const goodText = JSON.stringify(good);
const deep = (open: string, close: string) => `${open.repeat(100_000)}${close.repeat(100_000)}`;
const json = 'Content-Type: application/json';

function body(what: string, sent: Sent, answer: HostileCase['answer'], line = chat): HostileCase {
  return { what, send: (world) => send(world, line, sent), answer };
}

const noJson = { status: 400, type: 'invalid_request_error', message: 'its body is no JSON in UTF-8' };
const unsupported = { status: 415, type: 'invalid_request_error' };

/** A body that comes in chunks without end. */
async function endless(world: World) {
  return await talk(
    world.url,
    (socket) => {
      socket.write(head(world, chat, [json, 'Transfer-Encoding: chunked']));
      const chunk = Buffer.from(`100000\r\n${' '.repeat(2 ** 20)}\r\n`);
      const more = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    },
    60_000,
  );
}

export const jsonCases: HostileGroup = {
  title: 'JSON',
  cases: [
    body('a body that breaks off: `{"model": `', { body: '{"model": ' }, noJson),
    body('words in place of JSON', { body: 'model=small' }, noJson),
    body('an empty body', { body: '' }, { status: 400, code: 'missing_required_parameter', param: 'model' }),
    body(
      'a list in place of an object',
      { body: [good] },
      { status: 400, code: 'invalid_value', param: null },
    ),
    body('`null`', { body: 'null' }, { status: 400, code: 'invalid_value', param: null }),
    body(
      'lists 100,000 deep as messages',
      { body: `{"model": "small", "messages": ${deep('[', ']')}}` },
      { status: 400, code: 'invalid_value', message: 'nested' },
    ),
    body(
      'objects 100,000 deep as an unknown parameter',
      { body: `{"model": "small", "messages": [], "x": ${deep('{"a":', '}').replace(':}', ':1}')}}` },
      { status: 400, code: 'invalid_value', message: 'nested' },
    ),
    body(
      'lists 100,000 deep as metadata of a job',
      { body: `{"model": "small", "training_file": "file-x", "metadata": {"a": ${deep('[', ']')}}}` },
      { status: 400, code: 'invalid_value', message: 'nested' },
      'POST /v1/fine_tuning/jobs',
    ),
    body(
      'a number that no double holds: `1e999`',
      { body: goodText.replace('{', '{"temperature": 1e999, ') },
      { status: 400, code: 'invalid_value', param: 'temperature' },
    ),
    body(
      'a whole number that no double holds: `9007199254740993`',
      { body: goodText.replace('{', '{"seed": 9007199254740993, ') },
      { status: 400, code: 'invalid_value', param: 'seed' },
    ),
    body(
      'a name twice: the last one counts, as `JSON.parse` has it',
      { body: goodText.replace('{', '{"model": "none", ') },
      { status: 200 },
    ),
    body(
      'what is needed inside of `__proto__`',
      { body: goodText.replace('"model":"small"', '"__proto__": {"model": "small"}') },
      { status: 400, code: 'missing_required_parameter', param: 'model' },
    ),
    body(
      '`__proto__` and `constructor` as parameters of a job',
      { body: '{"model": "small", "training_file": "x", "constructor": {"prototype": {"admin": true}}}' },
      { status: 400, code: 'unknown_parameter', param: 'constructor' },
      'POST /v1/fine_tuning/jobs',
    ),
    body(
      'half of a character (`\\ud800`) as a model',
      { body: goodText.replace('small', '\\ud800') },
      { status: 400, code: 'invalid_value', param: 'model' },
    ),
    body(
      'U+0000 as a model',
      { body: goodText.replace('small', 'a\\u0000b') },
      { status: 400, code: 'invalid_value', param: 'model' },
    ),
    body('a byte order mark before good JSON: passed over', { body: `\ufeff${goodText}` }, { status: 200 }),
    body('good JSON in UTF-16', { body: Buffer.from(goodText, 'utf16le') }, noJson),
    body('bytes that are no UTF-8', { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }, noJson),
    body(
      'JSON called `text/plain`',
      { body: goodText, headers: { 'content-type': 'text/plain' } },
      { ...unsupported, message: "its content type is 'text/plain'" },
    ),
    body(
      'JSON called a form',
      { body: goodText, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { ...unsupported, message: 'send application/json' },
    ),
    body(
      'JSON that says to be in another encoding than UTF-8',
      { body: goodText, headers: { 'content-type': 'application/json; charset=utf-16' } },
      { ...unsupported, message: 'utf-16' },
    ),
    body(
      'a content type that is none',
      { body: goodText, headers: { 'content-type': 'json' } },
      { status: 400, type: 'invalid_request_error', message: 'Content-Type' },
    ),
    body(
      'a gzipped body',
      { body: gzipSync(goodText), headers: { 'content-encoding': 'gzip' } },
      { ...unsupported, message: "packed as 'gzip'" },
    ),
    {
      what: 'a body in chunks without end',
      send: endless,
      answer: { status: 413, type: 'invalid_request_error', message: 'larger than' },
    },
    {
      what: 'a body of 10 GB, by its header',
      send: (world) =>
        talk(
          world.url,
          (socket) => void socket.write(head(world, chat, [json, 'Content-Length: 10000000000'])),
        ),
      answer: { status: 413, type: 'invalid_request_error', message: 'larger than' },
    },
    {
      what: 'a body shorter than its header says',
      send: (world) =>
        talk(
          world.url,
          (socket) => void socket.end(`${head(world, chat, [json, 'Content-Length: 500'])}{"a"`),
        ),
      answer: { status: 400 },
    },
    {
      what: 'a body longer than its header says: the rest is no second request',
      send: (world) =>
        talk(
          world.url,
          (socket) => void socket.end(`${head(world, chat, [json, 'Content-Length: 2'])}{}{"a": 1}`),
        ),
      answer: { status: 400, message: 'it is no HTTP' },
    },
  ],
};
