// Forms that are none, and forms that want to be more than one file.
import type { HostileCase, HostileGroup } from './case.ts';
import { head, type Reply, send, talk } from './send.ts';
import { conversations, type World } from './world.ts';

const boundary = 'xxBOUNDARYxx';
const type = `multipart/form-data; boundary=${boundary}`;

/** A part; `name` may hold further attributes. */
function part(name: string, content: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${content}\r\n`;
}

const end = `--${boundary}--\r\n`;
const purpose = part('"purpose"', 'fine-tune');
const lines = conversations(2);
const fileNamed = (name: string) => part(`"file"; filename=${name}`, lines);
const file = fileNamed('"a.jsonl"');

function upload(world: World, body: string, contentType = type): Promise<Reply> {
  return send(world, 'POST /v1/files', { headers: { 'content-type': contentType }, body });
}

function form(what: string, body: string, answer: HostileCase['answer'], contentType = type): HostileCase {
  return { what, send: (world) => upload(world, body, contentType), answer };
}

/** A name is kept as a name, and the file in the store under an id: it is deleted again. */
function named(what: string, written: string, read: string): HostileCase {
  return {
    what,
    async send(world) {
      const reply = await upload(world, purpose + fileNamed(written) + end);
      const { id = '', filename = '' }: { id?: string; filename?: string } = JSON.parse(reply.text);
      await send(world, `DELETE /v1/files/${id}`);
      return { ...reply, text: JSON.stringify({ message: `filename ${filename}` }) };
    },
    answer: { status: 200, message: `filename ${read}` },
  };
}

const bad = (param: string | null, message: string, code: string | null = 'invalid_value') => ({
  ...{ status: 400, type: 'invalid_request_error', code, param, message },
});

export const multipartCases: HostileGroup = {
  title: 'Forms',
  cases: [
    form(
      'JSON in place of a form',
      '{"purpose": "fine-tune"}',
      { status: 415, type: 'invalid_request_error', message: 'send multipart/form-data' },
      'application/json',
    ),
    form(
      'a form without a boundary',
      purpose + file + end,
      bad(null, 'names no boundary', null),
      'multipart/form-data',
    ),
    form(
      'a form whose parts have another boundary',
      (purpose + file + end).replaceAll(boundary, 'other'),
      bad(null, 'its form broke off', null),
    ),
    form('an empty form', end, bad('file', 'Missing required parameter', 'missing_required_parameter')),
    form('no file', purpose + end, bad('file', 'Missing required parameter', 'missing_required_parameter')),
    form(
      'no purpose',
      file + end,
      bad('purpose', 'Missing required parameter', 'missing_required_parameter'),
    ),
    form(
      'an unknown purpose',
      part('"purpose"', 'world-domination') + file + end,
      bad('purpose', 'world-domination'),
    ),
    form('two files', purpose + file + file + end, bad('file', 'send one file', 'unknown_parameter')),
    form('the file as a field', purpose + part('"file"', lines) + end, bad('file', 'it is a field')),
    form(
      'an unknown field',
      purpose + part('"owner"', 'bob') + file + end,
      bad('owner', 'Unknown parameter', 'unknown_parameter'),
    ),
    form(
      'a file under another name',
      purpose + part('"upload"; filename="a.jsonl"', lines) + end,
      bad('upload', 'Unknown parameter', 'unknown_parameter'),
    ),
    form(
      '10,000 fields',
      purpose + part('"a"', 'b').repeat(10_000) + file + end,
      bad(null, 'too many fields', null),
    ),
    form(
      'a part with 1 MB of headers',
      `--${boundary}\r\nX-Bomb: ${'a'.repeat(2 ** 20)}\r\n${file.slice(boundary.length + 4)}${purpose}${end}`,
      bad('file', 'Missing required parameter', 'missing_required_parameter'),
    ),
    form(
      'a file that is kept for a minute',
      purpose +
        part('"expires_after[anchor]"', 'created_at') +
        part('"expires_after[seconds]"', '60') +
        file +
        end,
      bad('expires_after.seconds', 'from 3600 to 2592000'),
    ),
    form(
      'a form that breaks off in its file',
      purpose + file.slice(0, -20),
      bad(null, 'its form broke off', null),
    ),
    {
      what: 'a client that goes away in the middle of its file',
      async send(world) {
        const start = head(world, 'POST /v1/files', [`Content-Type: ${type}`, 'Content-Length: 1000000']);
        return await talk(world.url, (socket) => {
          socket.write(start + purpose + file.slice(0, 200), () => socket.destroy());
        });
      },
      answer: { status: 0 },
    },
    named('`../../../../etc/passwd` as the name of a file', '"../../../../etc/passwd"', 'passwd'),
    named('`/etc/cron.d/job` as the name of a file', '"/etc/cron.d/job"', 'job'),
    named('`C:\\Windows\\system.ini` as the name of a file', '"C:\\\\Windows\\\\system.ini"', 'system.ini'),
    form(
      'U+0000 in the name of a file',
      purpose + fileNamed('"a\0.jsonl"') + end,
      bad(null, 'without control characters', null),
    ),
    named(
      'a line end in the name of a file, percent-encoded as browsers do',
      `"a%0D%0ASet-Cookie: x.jsonl"`,
      'a%0D%0ASet-Cookie: x.jsonl',
    ),
    form(
      'a name of 100,000 characters',
      purpose + fileNamed(`"${'a'.repeat(100_000)}"`) + end,
      bad(null, 'give a name of 1 to 1,000 characters', null),
    ),
  ],
};
