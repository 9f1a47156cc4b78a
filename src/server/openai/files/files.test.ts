// Files by the unmodified client: uploaded, looked at on the way, listed, read, deleted.
import { createReadStream, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import OpenAI, { type ClientOptions, toFile } from 'openai';
import type { FileObject } from 'openai/resources/files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileRecord } from '../../../files/index.ts';
import { type OpenAiServer, startOpenAi } from '../../test-support/start-openai.ts';
import { fileObject } from './file-object.ts';

const lines = '{"messages":[{"role":"user","content":"é"}]}\n{"messages":[]}\n';

let server: OpenAiServer;
let ann: OpenAI;
beforeAll(async () => {
  server = await startOpenAi();
  ann = await clientOf('ann', { maxRetries: 0 });
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

const jsonl = (text: string | Uint8Array, name = 'train.jsonl') => toFile(Buffer.from(text), name);
const uploaded = async (text: string | Uint8Array) =>
  ann.files.create({ file: await jsonl(text), purpose: 'fine-tune' });
const kept = async () => (await server.services.stores.files.list()).items.length;

/** Sends a form as it is written. */
async function send(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/v1/files`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await server.keyOf('ann')}`,
      'content-type': 'multipart/form-data; boundary=x',
      ...headers,
    },
    body,
  });
  const { error } = JSON.parse(await answer.text());
  return { status: answer.status, error };
}

const part = (name: string, value: string, more = '') =>
  `--x\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const filePart = (value: string) => part('file', value, '; filename="a.jsonl"');

test('a file is uploaded, processed, read as it was and deleted', async () => {
  const file = await uploaded(lines);
  expect(file).toEqual({
    ...{ id: expect.stringMatching(/^file-/), object: 'file', bytes: Buffer.byteLength(lines) },
    ...{ created_at: expect.any(Number), filename: 'train.jsonl', purpose: 'fine-tune', status: 'processed' },
  });
  expect((await ann.files.waitForProcessing(file.id)).status).toBe('processed');
  const content = await ann.files.content(file.id);
  expect(content.headers.get('content-type')).toBe('application/octet-stream');
  expect(await content.text()).toBe(lines);
  expect(await ann.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
  await expect(ann.files.retrieve(file.id)).rejects.toMatchObject({
    status: 404,
    code: null,
    message: `404 No such File object: ${file.id}`,
  });
});

test('fields may come before the file or behind it, and streams without a length', async () => {
  const path = join(server.directory, 'stream.jsonl');
  writeFileSync(path, lines.repeat(5000));
  const streamed = await ann.files.create({ purpose: 'fine-tune', file: createReadStream(path) });
  expect(streamed).toMatchObject({ filename: 'stream.jsonl', bytes: Buffer.byteLength(lines) * 5000 });
  for (const body of [
    part('purpose', 'fine-tune') + filePart(lines),
    filePart(lines) + part('purpose', 'fine-tune'),
  ])
    expect(await send(`${body}--x--\r\n`)).toEqual({ status: 200, error: undefined });
});

test('files are listed page by page, by purpose and in both orders', async () => {
  const bea = await clientOf('bea');
  const ids: string[] = [];
  for (const purpose of ['batch', 'fine-tune', 'batch', 'user_data', 'batch'] as const)
    ids.push((await bea.files.create({ file: await jsonl(lines), purpose })).id);
  const all: string[] = [];
  for await (const { id } of bea.files.list({ limit: 2 })) all.push(id);
  expect(all).toEqual(ids.toReversed());
  const batch: string[] = [];
  for await (const { id } of bea.files.list({ limit: 2, purpose: 'batch', order: 'asc' })) batch.push(id);
  expect(batch).toEqual([ids[0], ids[2], ids[4]]);
  const page = await bea.files.list({ limit: 2 });
  expect(page).toMatchObject({ has_more: true, data: [{ id: ids[4] }, { id: ids[3] }] });
  await expect(bea.files.list({ limit: 0 })).rejects.toMatchObject({ status: 400, param: 'limit' });
});

test('another owner’s file is not there', async () => {
  const { id } = await uploaded(lines);
  const bob = await clientOf('bob');
  for (const ask of [() => bob.files.retrieve(id), () => bob.files.content(id), () => bob.files.delete(id)])
    await expect(ask()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  expect((await bob.files.list()).data).toEqual([]);
});

test('expires_after is taken within its limits', async () => {
  const file = await jsonl(lines);
  const create = (seconds: number, anchor = 'created_at') =>
    ann.files.create({
      file,
      purpose: 'fine-tune',
      expires_after: { anchor: anchor as 'created_at', seconds },
    });
  const { created_at, expires_at } = await create(3600);
  expect((expires_at ?? 0) - created_at).toBeLessThanOrEqual(3600);
  expect((expires_at ?? 0) - created_at).toBeGreaterThan(3590);
  await expect(create(3599)).rejects.toMatchObject({ param: 'expires_after.seconds', code: 'invalid_value' });
  await expect(create(1.5e7)).rejects.toMatchObject({ param: 'expires_after.seconds' });
  await expect(create(4000, 'now')).rejects.toMatchObject({ param: 'expires_after.anchor' });
});

test.each<[string, string | Uint8Array, string]>([
  ['no JSON', '{"a":1}\n\n{"a":\n', 'line 3 is not JSON'],
  ['a list', '{"a":1}\r\n[1]\r\n', 'line 2 is JSON but no object'],
  ['a text', '"a"', 'line 1 is JSON but no object'],
  [
    'no UTF-8',
    Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    'line 2 is not UTF-8',
  ],
  ['nothing', '\n \n', 'it has no line'],
  [
    'a line without an end',
    `{"a":1}\n{"a":"${'x'.repeat(17 * 2 ** 20)}"}`,
    'line 2 has more than 16777216 bytes',
  ],
])('training data that holds %s is refused with its line, and not kept', async (_, text, message) => {
  const before = await kept();
  await expect(uploaded(text)).rejects.toMatchObject({
    ...{ status: 400, param: 'file', code: 'invalid_value', type: 'invalid_request_error' },
    message: expect.stringContaining(`400 Expected the file to have JSONL format: ${message}`),
  });
  const body = `${part('purpose', 'fine-tune')}${filePart(Buffer.from(text).toString('latin1'))}--x--\r\n`;
  expect((await send(Buffer.from(body, 'latin1'))).error.message).toContain(message);
  expect(await kept()).toBe(before);
  expect((await ann.files.create({ file: await jsonl(text), purpose: 'user_data' })).status).toBe(
    'processed',
  );
});

test('a byte order mark and no newline at the end are fine', async () => {
  expect((await uploaded(`\ufeff${lines.trimEnd()}`)).status).toBe('processed');
});

test.each([
  ['no purpose', filePart(lines), 'purpose', 'missing_required_parameter'],
  ['another purpose', part('purpose', 'fun') + filePart(lines), 'purpose', 'invalid_value'],
  ['a later wrong purpose', filePart(lines) + part('purpose', 'fun'), 'purpose', 'invalid_value'],
  ['no file', part('purpose', 'fine-tune'), 'file', 'missing_required_parameter'],
  ['a file that is a field', part('file', lines), 'file', 'invalid_value'],
  ['two files', filePart(lines) + filePart(lines), 'file', 'unknown_parameter'],
  ['another file', part('data', lines, '; filename="a"'), 'data', 'unknown_parameter'],
  ['another field', filePart(lines) + part('purpose', 'batch') + part('x', '1'), 'x', 'unknown_parameter'],
])('an upload with %s is refused', async (_, body, param, code) => {
  const before = await kept();
  expect(await send(`${body}--x--\r\n`)).toMatchObject({ status: 400, error: { param, code } });
  expect(await kept()).toBe(before);
});

test('a body that is no form, or ends before its time, is refused and leaves nothing', async () => {
  const before = await kept();
  expect((await send('{}', { 'content-type': 'application/json' })).status).toBe(415);
  expect((await send('{}', { 'content-type': 'multipart/form-data' })).status).toBe(400);
  expect((await send(part('purpose', 'fine-tune') + filePart(lines))).status).toBe(400);
  expect((await send(`${part('purpose', 'fine-tune')}--x\r\ncontent-disp`)).status).toBe(400);
  expect((await send('')).status).toBe(400);
  expect(await kept()).toBe(before);
});

test('a client that goes away in the middle leaves nothing', async () => {
  const key = await server.keyOf('carl');
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  const head = `POST /v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 99999\r\n\r\n`;
  socket.write(head + part('purpose', 'fine-tune') + filePart(lines).slice(0, -2));
  const { db } = server.services.stores.database.tables<{ files: { owner: string; state: string } }>();
  const rows = () => db.selectFrom('files').selectAll().where('owner', '=', 'carl').execute();
  await expect.poll(rows).toMatchObject([{ state: 'writing' }]);
  socket.destroy();
  await expect.poll(rows).toEqual([]);
});

test('a file over 512 MB is refused before it is read', async () => {
  const key = await server.keyOf('ann');
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `POST /v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${600 * 2 ** 20}\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  expect(answer).toContain('HTTP/1.1 413');
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    error: {
      type: 'invalid_request_error',
      param: 'file',
      message: expect.stringContaining('536870912 bytes'),
    },
  });
});

test('fileObject() has the shape of the client’s types', () => {
  const record: FileRecord = {
    ...{ id: 'file-1', owner: 'ann', bytes: 1, sha256: '', createdAt: 1, filename: 'a', purpose: 'batch' },
    ...{ status: 'error', statusDetails: 'why', expiresAt: 2 },
  };
  const shape: Omit<FileObject, 'purpose'> = fileObject(record);
  expect(shape).toMatchObject({ expires_at: 2, status: 'error', status_details: 'why' });
});
