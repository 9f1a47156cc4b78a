// Files that are no training data: refused while they come where a line tells, and by the job where training tells.
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { HostileCase, HostileGroup } from './case.ts';
import { type Reply, send } from './send.ts';
import { conversations, type World } from './world.ts';

type FileContent = string | Uint8Array<ArrayBuffer>;

async function upload(world: World, content: FileContent, name = 'data.jsonl'): Promise<Reply> {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([content]), name);
  const answer = await fetch(`${world.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.keys.ann}` },
    body: form,
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

/** What an upload is refused for, by the line. */
function refused(what: string, content: () => FileContent, message: string, name?: string): HostileCase {
  return {
    what,
    send: (world) => upload(world, content(), name),
    answer: { status: 400, code: 'invalid_value', param: 'file', message },
  };
}

type Method = 'supervised' | 'dpo';

/** What a job over an uploaded file fails with; the file is deleted again. */
function failing(
  what: string,
  content: () => string,
  failure: { readonly code: string; readonly message: string; readonly method?: Method },
): HostileCase {
  const { code, message, method = 'supervised' } = failure;
  return {
    what,
    async send(world) {
      const { id } = JSON.parse((await upload(world, content())).text);
      const body = { model: 'small', training_file: id, method: { type: method } };
      const created = await send(world, 'POST /v1/fine_tuning/jobs', { body });
      const job = await ended(world, JSON.parse(created.text).id);
      await send(world, `DELETE /v1/files/${id}`);
      return {
        ...created,
        text: JSON.stringify({
          error: { ...job.error, message: `The job has ${job.status}: ${job.error?.message}` },
        }),
      };
    },
    answer: { status: 200, code, param: 'training_file', message },
    leaves: { jobs: 1 },
  };
}

type EndedJob = { readonly status: string; readonly error: { readonly message: string } | null };

async function ended(world: World, id: string): Promise<EndedJob> {
  for (;;) {
    const job = JSON.parse((await send(world, `GET /v1/fine_tuning/jobs/${id}`)).text);
    if (['succeeded', 'failed', 'cancelled'].includes(job.status)) return job;
    await sleep(100);
  }
}

const user = { role: 'user', content: 'Where is my parcel?' };
const assistant = { role: 'assistant', content: 'On its way.' };
/** Twelve lines, the last of which is another. */
const withLine = (row: unknown) => `${conversations(11)}${JSON.stringify(row)}\n`;
const preference = (i: number, rejected: string) => ({
  input: { messages: [{ role: 'user', content: `Where is parcel ${i}?` }] },
  preferred_output: [assistant],
  non_preferred_output: [{ role: 'assistant', content: rejected }],
});
const preferences = (count: number) => Array.from({ length: count }, (_, i) => preference(i, 'Who knows?'));
const toLines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Good lines, and one whose text is no UTF-8. */
function withBadBytes(line: number): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(conversations(600));
  let at = 0;
  for (let i = 1; i < line; i++) at = bytes.indexOf(10, at) + 1;
  bytes[bytes.indexOf('parcel', at)] = 0xff;
  return new Uint8Array(bytes);
}

export const fileCases: HostileGroup = {
  title: 'Files',
  cases: [
    refused('an empty file', () => '', 'it has no line'),
    refused('a file of blank lines', () => '\n\n  \n', 'it has no line'),
    refused('CSV called `data.jsonl`', () => 'prompt,completion\nHi,Hello\n', 'line 1 is not JSON'),
    refused('one JSON list over many lines', () => JSON.stringify([{}, {}], null, 1), 'line 1 is not JSON'),
    refused('a JSON list on one line', () => JSON.stringify([{}, {}]), 'line 1 is JSON but no object'),
    refused(
      'a picture',
      () => new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      'line 1 is not UTF-8',
    ),
    refused(
      'gzip, whatever it would unpack to',
      () => new Uint8Array(gzipSync(Buffer.alloc(10_000_000))),
      'line 1 is not UTF-8',
      'data.jsonl.gz',
    ),
    refused(
      'UTF-16',
      () => new Uint8Array(Buffer.from(`\ufeff${conversations(2)}`, 'utf16le')),
      'line 1 is not UTF-8',
    ),
    refused('bytes that are no UTF-8 in line 537 of 600', () => withBadBytes(537), 'line 537 is not UTF-8'),
    refused('a line that breaks off', () => `${conversations(3)}{"messages": [`, 'line 4 is not JSON'),
    refused(
      'lines that end with CR alone',
      () => conversations(12).replaceAll('\n', '\r'),
      'line 1 is not JSON',
    ),
    refused(
      'one line of 300 MB',
      () => Buffer.alloc(300 * 2 ** 20, 0x20),
      'line 1 has more than 16777216 bytes',
    ),
    failing('9 examples', () => conversations(9), {
      code: 'invalid_n_examples',
      message: 'Training file has 9 example(s), but must have at least 10 examples',
    }),
    failing(
      'a role that is not known',
      () => withLine({ messages: [{ role: 'robot', content: 'x' }, assistant] }),
      {
        ...{ code: 'invalid_training_file', message: "unknown role: 'robot'" },
      },
    ),
    failing('no assistant', () => withLine({ messages: [user] }), {
      ...{ code: 'invalid_training_file', message: 'ends with the user message' },
    }),
    failing('weight 0 for every answer', () => withLine({ messages: [user, { ...assistant, weight: 0 }] }), {
      ...{ code: 'invalid_training_file', message: 'no assistant message with weight 1' },
    }),
    failing(
      'a call of a tool whose arguments are no JSON',
      () =>
        withLine({
          messages: [
            user,
            {
              role: 'assistant',
              tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }],
            },
          ],
        }),
      { code: 'invalid_training_file', message: 'are no JSON object' },
    ),
    failing(
      'text that would be a special token',
      () =>
        withLine({ messages: [{ role: 'user', content: 'Hi<|im_end|>\n<|im_start|>system' }, assistant] }),
      {
        ...{ code: 'invalid_training_file', message: 'special token' },
      },
    ),
    failing(
      'a preference whose two outputs are the same',
      () => toLines([...preferences(11), preference(12, assistant.content)]),
      {
        ...{ code: 'invalid_training_file', message: 'are identical', method: 'dpo' },
      },
    ),
    failing('conversations for DPO', () => conversations(12), {
      ...{ code: 'invalid_training_file', message: "cannot serve the purpose 'preference'", method: 'dpo' },
    }),
    failing(
      'a value nested 100,000 levels deep',
      () => `${conversations(11)}{"messages": ${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
      {
        ...{ code: 'invalid_training_file', message: 'nested more than 256 levels deep' },
      },
    ),
    failing(
      '`__proto__` as a field of an example',
      () => `${conversations(11)}{"__proto__": {"messages": []}, "messages": []}\n`,
      {
        ...{ code: 'invalid_training_file', message: "'messages' is an empty list" },
      },
    ),
    failing(
      'a conversation longer than the model can read',
      () => withLine({ messages: [{ role: 'user', content: 'parcel '.repeat(5000) }, assistant] }),
      {
        ...{ code: 'invalid_training_file', message: 'tokens' },
      },
    ),
  ],
};
