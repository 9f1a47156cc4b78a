// Calls of functions: held to by constraints, taken out of the text, put into prompts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { constrainByGrammar, nothing } from '../constraints/index.ts';
import { randomAnswer, vocabularyOf } from '../constraints/random-answer.ts';
import { streamText } from './index.ts';
import type { TextEvent } from './text-event.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest, Tool } from './text-request.ts';
import { tinyTextModel, tinyTokenizer } from './tiny-text-model.ts';
import { toolGrammar } from './tool-grammar.ts';
import { ToolParser, type ToolPiece } from './tool-parser.ts';
import { hermes, llama, mistral, type ToolSyntax, toolSyntax } from './tool-syntax.ts';

const kinds = ['plain', 'hermes', 'mistral', 'llama'] as const;
const models = new Map<string, Awaited<ReturnType<typeof tinyTextModel>>>();

beforeAll(async () => {
  for (const kind of kinds) models.set(kind, await tinyTextModel(kind));
});

afterAll(async () => {
  for (const model of models.values()) await model.close();
});

const tools: readonly Tool[] = [
  {
    type: 'function',
    function: {
      name: 'weather',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string', maxLength: 4 }, unit: { enum: ['C', 'F'] } },
        required: ['city', 'unit'],
        additionalProperties: false,
      },
    },
  },
  { type: 'function', function: { name: 'now' } },
];

type Call = { readonly name: string; readonly id: string; text: string };

async function ask(model: TextModel, request: Partial<TextRequest>) {
  const events: TextEvent[] = [];
  const prompt = { messages: [{ role: 'user', content: 'Where?' }], tools };
  for await (const event of streamText(model, { prompt, maxNewTokens: 150, ...request })) events.push(event);
  const calls: Call[] = [];
  let text = '';
  for (const event of events) {
    if (event.type === 'tool-call') calls[event.call] = { name: event.name, id: event.id, text: '' };
    const call = event.type === 'tool-arguments' ? calls[event.call] : undefined;
    if (event.type === 'tool-arguments' && call !== undefined) call.text += event.text;
    if (event.type === 'text') text += event.text;
  }
  return { calls, text, reason: events.find((event) => event.type === 'finish')?.reason };
}

test.each(kinds)('streamText() writes the call that is required (%s)', async (kind) => {
  const model = models.get(kind) as TextModel;
  for (let seed = 0; seed < 2; seed++) {
    const request = { sampling: { seed }, toolChoice: { name: 'weather' } };
    const { calls, text, reason } = await ask(model, request);
    expect(reason).toBe('tool_calls');
    expect(text).toBe('');
    expect(calls.map(({ name }) => name)).toEqual(['weather']);
    expect(JSON.parse(calls[0]?.text ?? '')).toEqual({
      city: expect.any(String),
      unit: expect.stringMatching(/^[CF]$/),
    });
    expect(calls[0]?.id).toMatch(kind === 'mistral' ? /^\w{9}$/ : /^call_\w{24}$/);
  }
});

test.each(['hermes', 'mistral', 'llama'])(
  'streamText() writes calls of any function that is required (%s)',
  async (kind) => {
    const model = models.get(kind) as TextModel;
    const names = new Set<string>();
    for (let seed = 0; names.size < 2; seed++) {
      expect(seed).toBeLessThan(40);
      const { calls, reason } = await ask(model, {
        sampling: { seed, temperature: 20 },
        toolChoice: 'required',
        parallelToolCalls: false,
      });
      expect([calls.length, reason]).toEqual([1, 'tool_calls']);
      if (calls[0]?.name === 'now') expect(calls[0].text).toBe('{}');
      names.add(calls[0]?.name ?? '');
    }
    expect(names).toEqual(new Set(['now', 'weather']));
  },
);

test('streamText() writes text or a call where the choice is left to the model, and none where calls are forbidden', async () => {
  const model = { ...(models.get('hermes') as TextModel), stopTokens: new Set<number>() };
  const free = await ask(model, { sampling: { seed: 1 }, maxNewTokens: 30 });
  expect(free).toMatchObject({ calls: [], reason: 'length' });
  const none = await ask(model, { sampling: { seed: 1 }, toolChoice: 'none', maxNewTokens: 30 });
  expect(none.calls).toEqual([]);
});

test.each(['hermes', 'mistral'] as const)(
  'toolGrammar() leaves text free and holds a call once it begins (%s)',
  async (kind) => {
    const tokenizer = await tinyTokenizer(kind);
    const syntax = toolSyntax(tokenizer);
    const vocabulary = vocabularyOf(tokenizer);
    const answer = { syntax, tools, isForced: false, isParallel: false };
    const grammar = toolGrammar(tokenizer, answer);
    const begun = await tokenizer.encodeIds(`Well <tool <tool_c ${syntax.open}`, {
      addSpecialTokens: false,
      allowSpecialText: true,
    });
    for (let seed = 0; seed < 10; seed++) {
      const constraint = constrainByGrammar(
        vocabulary,
        'test',
        () => grammar ?? { root: nothing, rules: new Map() },
      );
      for (const id of begun) expect(constraint.accept(id)).toBe(true);
      expect(constraint.mayEnd).toBe(false);
      const rest = randomAnswer(constraint, vocabulary, { seed }) ?? '';
      const [call, ...others] = parse(syntax, `${syntax.open}${rest}`, 5);
      expect(others).toEqual([]);
      expect(call).toMatch(/^(now:\{\}|weather:\{\s*"city":\s*".*",\s*"unit":\s*"[CF]"\s*\})$/s);
    }
  },
);

test('streamText() answers by a format or by a call where both are asked for', async () => {
  const model = models.get('hermes') as TextModel;
  const seen = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const { calls, text } = await ask(model, {
      sampling: { seed, temperature: 3 },
      responseFormat: { type: 'choice', options: ['yes'] },
      parallelToolCalls: false,
    });
    seen.add(calls.length > 0 ? 'call' : text);
  }
  expect(seen).toEqual(new Set(['call', 'yes']));
});

test('streamText() refuses schemas that calls cannot be held to, where they must', async () => {
  const model = models.get('hermes') as TextModel;
  const odd = (strict: boolean): Tool => ({
    type: 'function',
    function: { name: 'odd', parameters: { type: 'object', not: {} }, strict },
  });
  const asked = (strict: boolean, request: Partial<TextRequest> = {}) =>
    ask(model, {
      prompt: { messages: [{ role: 'user', content: 'x' }], tools: [odd(strict)] },
      maxNewTokens: 3,
      ...request,
    });
  await expect(asked(true)).rejects.toThrow(/the function 'odd' to its parameters.*'not'/);
  await expect(asked(false, { toolChoice: 'required' })).rejects.toThrow(/'not'/);
  await expect(asked(false)).resolves.toMatchObject({ reason: 'length' });
  await expect(ask(model, { toolChoice: { name: 'other' } })).rejects.toThrow(/the tools are weather, now/);
});

test('toolSyntax() finds out how a template writes calls', async () => {
  const found = async (kind: Parameters<typeof tinyTokenizer>[0]) => toolSyntax(await tinyTokenizer(kind));
  expect(await found('hermes')).toEqual(hermes);
  expect(await found('mistral')).toEqual(mistral);
  expect(await found('llama')).toEqual(llama);
  expect(await found('plain')).toEqual(hermes);
  await expect(found('unknown')).rejects.toThrow(/in a form that is not known/);
});

/** Pieces of an answer that comes in parts, calls put together. */
function parse(syntax: ToolSyntax, text: string, size: number) {
  const parser = new ToolParser(syntax, ['weather', 'now']);
  const pieces: ToolPiece[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(...parser.push(text.slice(at, at + size)));
  pieces.push(...parser.flush());
  const told: string[] = [];
  for (const piece of pieces) {
    if (piece.type === 'call') told.push(`${piece.name}:`);
    else if (piece.type === 'text' && (told.length === 0 || told.at(-1)?.includes(':{')))
      told.push(piece.text);
    else told[told.length - 1] += piece.text;
  }
  return told;
}

const braces = '{"city": "P}\\"]</tool_call>", "deep": {"a": [1]}}';

test.each<[string, ToolSyntax, string, readonly string[]]>([
  ['text', hermes, 'Hello <tool', ['Hello <tool']],
  [
    'a call',
    hermes,
    `<tool_call>\n{"name": "weather", "arguments": ${braces}}\n</tool_call>`,
    [`weather:${braces}`],
  ],
  [
    'text and two calls',
    hermes,
    'Hm.\n<tool_call>{"name":"now","arguments":{}}</tool_call>\n<tool_call>{"name":"weather","arguments":{"a":1}}</tool_call>\n',
    ['Hm.\n', 'now:{}', 'weather:{"a":1}'],
  ],
  ['another order', hermes, '<tool_call>{"arguments": {"a": 1}, "name": "now"}</tool_call>', ['now:{"a":1}']],
  ['no call', hermes, '<tool_call>nonsense</tool_call> so', ['<tool_call>nonsense</tool_call> so']],
  ['a cut call', hermes, '<tool_call>{"name": "now", "arguments": {"a', ['now:{"a']],
  [
    'two calls',
    mistral,
    '[TOOL_CALLS] [{"name": "now", "arguments": {}}, {"name": "weather", "arguments": {"a": "]"}}]',
    ['now:{}', 'weather:{"a": "]"}'],
  ],
  ['a call', llama, '{"name": "now", "parameters": {"a": {}}}', ['now:{"a": {}}']],
  ['a tagged call', llama, '<|python_tag|>{"type": "function", "name": "now", "parameters": {}}', ['now:{}']],
  ['an object that is no call', llama, '{"name": "Bob", "age": 3}', ['{"name": "Bob", "age": 3}']],
  ['an unknown function', llama, '{"name": "Bob", "parameters": {}}', ['{"name": "Bob", "parameters": {}}']],
  ['text', llama, ' Hello {"name": "now", "parameters": {}}', [' Hello {"name": "now", "parameters": {}}']],
])('ToolParser reads %s (%#)', (_, syntax, text, expected) => {
  for (const size of [1, 2, 7, 500]) expect(parse(syntax, text, size)).toEqual(expected);
});
