// `hone generate` and `hone chat` as programs: pipes, a terminal, Ctrl-C.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initializeParameters, newModel, saveModel } from '../src/models/index.ts';
import { trainTokenizer } from '../src/text/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-chat-'));
const model = join(folder, 'model');
const hone = join(import.meta.dirname, '..', 'bin', 'hone.js');
/** A command that runs another under a pseudo-terminal; util-linux has it, other systems have another of this name. */
const hasTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

beforeAll(async () => {
  const tokenizer = await trainTokenizer(['Hello there, how are you?'], { vocabSize: 270 });
  const made = newModel('new:hiddenSize=16:layers=1:heads=2:maxPositions=2048', tokenizer.vocabSize);
  const values = new Map(
    made.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const valuesOf = (name: string) => values.get(name) ?? new Float32Array();
  initializeParameters(made, 1, valuesOf);
  await saveModel(model, {
    model: made,
    parameters: valuesOf,
    extraFiles: Object.fromEntries(tokenizer.files),
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function honeWith(input: string, ...args: string[]) {
  return spawnSync(process.execPath, [hone, ...args], { input, encoding: 'utf8' });
}

test('hone generate takes the prompt from a pipe and streams the answer to standard output', () => {
  const { status, stdout, stderr } = honeWith(
    'Hello\n',
    'generate',
    model,
    '--max-tokens',
    '5',
    '--seed',
    '7',
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/\n$/);
});

test('hone generate --json prints one line for each prompt of a file, in their order', () => {
  const file = join(folder, 'prompts.txt');
  writeFileSync(file, 'Hello\nHow are you?\n');
  const args = ['--prompts', file, '--json', '--max-tokens', '4', '--temperature', '0'];
  const { status, stdout } = honeWith('', 'generate', model, ...args);
  expect(status).toBe(0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ prompt }) => prompt)).toEqual(['Hello', 'How are you?']);
  expect(Object.keys(rows[0])).toEqual(['prompt', 'text', 'finish', 'promptTokens', 'tokens']);
});

test.each([
  [['generate', 'nowhere', '--prompt', 'x'], /there is no such directory/],
  [['generate', model, '--prompt', 'x', '--prompts', 'y'], /give one of them/],
  [['generate', model, '--prompt', 'x', '--raw', '--system', 'y'], /cannot be used with/],
  [['generate', model, '--prompt', 'x '.repeat(2000)], /prompt 1: it holds \d+ tokens/],
  [['generate', model], /standard input is empty/],
  [['generate', model, '--prompt', 'x', '--top-p', '2'], /at most 1/],
  [['chat', 'nowhere'], /there is no such directory/],
])('hone, given nonsense, ends with status 2 and says why (%#)', (args, message) => {
  const { status, stderr } = honeWith('', ...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});

test('hone chat takes one message a line from a pipe, and obeys commands', () => {
  const { status, stdout, stderr } = honeWith(
    'Hello\n/system Be kind\n/nothing\nHow are you?\n/exit\nnever\n',
    ...['chat', model, '--max-tokens', '3', '--seed', '7'],
  );
  expect(status).toBe(0);
  expect(stdout.length).toBeGreaterThan(3);
  expect(stderr).toContain('with this system message');
  expect(stderr).toContain("'/nothing' is not known");
  expect(stderr.match(/cut at --max-tokens/g)).toHaveLength(2);
});

async function until(seen: () => boolean, child: ChildProcessWithoutNullStreams): Promise<void> {
  while (!seen()) await once(child.stdout, 'data');
}

/** What readline draws before it waits for a line. */
const ready = '\x1b[0J> ';

test.skipIf(!hasTerminal)(
  'On a terminal, Ctrl-C stops the answer, and again leaves (needs util-linux script)',
  async () => {
    // An answer that would go on for 1,900 tokens
    const command = `'${process.execPath}' '${hone}' chat '${model}' --max-tokens 1900 --temperature 1 --seed 7`;
    const child = spawn('script', ['-qec', command, '/dev/null']);
    const exited = once(child, 'exit');
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
    });
    await until(() => text.includes(ready), child);
    const before = text.length;
    child.stdin.write('Hello\r');
    await until(() => text.length > before + 30, child);
    child.stdin.write('\x03');
    await until(() => text.slice(before).includes(ready), child);
    child.stdin.write('\x03');
    expect(await exited).toEqual([0, null]);
    // The first press came while the answer was being written
    expect(text).not.toMatch(/cut at --max-tokens|Ctrl-C again/);
  },
);
