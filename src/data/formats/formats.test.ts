import { expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import type { Purpose } from '../example.ts';
import { RowFault } from '../fault.ts';
import { type ColumnMapping, checkMapping, convertRow, detectFormat, unknownFormat } from './index.ts';

type Given = Readonly<Record<string, unknown>>;
type Options = { readonly purpose?: Purpose; readonly columns?: ColumnMapping };

/** The format's name and the row's examples, without their origin. */
function convert(row: Given, options: Options = {}): unknown[] {
  const origin = { file: 'f.jsonl', line: 1 };
  const format = detectFormat([{ row, origin }], options);
  if (format === undefined) throw unknownFormat(row, options.columns);
  const examples = convertRow(row, format, { origin, ...options });
  return [format.name, ...examples.map(({ origin: _, ...example }) => example)];
}

/** The fault of a row in a file of the format of `first`: kind and text. */
function faultOf(row: Given, first: Given = row, options: Options = {}): string {
  const origin = { file: 'f.jsonl', line: 1 };
  const format = detectFormat([{ row: first, origin }], options);
  try {
    if (format === undefined) throw unknownFormat(row, options.columns);
    convertRow(row, format, { origin, ...options });
  } catch (error) {
    if (error instanceof RowFault) return `${error.kind}: ${error.message}; ${error.remedy}`;
    throw error;
  }
  return 'no fault';
}

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const system = (content: string) => ({ role: 'system', content });

test('convertRow() takes text, and prompts with completions as strings or messages', () => {
  expect(convert({ text: 'Once' })).toEqual(['text', { kind: 'text', text: 'Once' }]);
  const plain = { kind: 'completion', prompt: 'Q', completion: ' A' };
  expect(convert({ prompt: 'Q', completion: ' A' })).toEqual(['prompt-completion', plain]);
  const chat = { kind: 'completion', prompt: [user('Q')], completion: [assistant('A')] };
  expect(convert({ prompt: [user('Q')], completion: [assistant('A')] })[1]).toEqual(chat);
  expect(convert({ prompt: [user('Q')], completion: 'A' })[1]).toEqual(chat);
  expect(convert({ prompt: 'Q', completion: [assistant('A')] })[1]).toEqual(chat);
  expect(convert({ question: 'Q', answer: 'A' })[1]).toEqual(chat);
  expect(convert({ prompt: 'Q', response: ' A' })[1]).toEqual(plain);
});

test('convertRow() takes OpenAI chat lines with weights, tools and calls', () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"x":1}' } };
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const messages = [
    user('Q'),
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c', content: '2' },
    { ...assistant('A'), weight: 0 },
    user('R'),
    { ...assistant('B'), weight: 1 },
  ];
  const parsed = { ...call, function: { name: 'f', arguments: { x: 1 } } };
  const expected = [
    messages[0],
    { role: 'assistant', content: null, tool_calls: [parsed] },
    ...messages.slice(2),
  ];
  expect(convert({ messages, tools, parallel_tool_calls: true })).toEqual([
    'messages',
    { kind: 'chat', messages: expected, tools },
  ]);
  expect(convert({ messages, functions: [{ name: 'f' }] })[1]).toMatchObject({ tools });
  expect(convert({ messages: [user('Q'), assistant('A')], tools: '[]' })[1]).not.toHaveProperty('tools');
});

test('convertRow() joins text parts of content and reads messages written as JSON text', () => {
  const parts = {
    role: 'user',
    content: [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ],
  };
  expect(convert({ messages: [parts, assistant('A')] })[1]).toMatchObject({
    messages: [user('ab'), assistant('A')],
  });
  const row = { prompt: JSON.stringify([user('Q')]), completion: JSON.stringify([assistant('A')]) };
  expect(convert(row)[1]).toMatchObject({ prompt: [user('Q')], completion: [assistant('A')] });
});

test('convertRow() takes explicit pairs of strings, messages or both', () => {
  const plain = { prompt: 'Q', chosen: ' A', rejected: ' B' };
  expect(convert(plain)).toEqual(['preference', { kind: 'preference', ...plain }]);
  const chat = {
    kind: 'preference',
    prompt: [user('Q')],
    chosen: [assistant('A')],
    rejected: [assistant('B')],
  };
  expect(convert({ prompt: [user('Q')], chosen: [assistant('A')], rejected: [assistant('B')] })[1]).toEqual(
    chat,
  );
  expect(convert({ prompt: 'Q', chosen: assistant('A'), rejected: [assistant('B')] })[1]).toEqual(chat);
  expect(convert({ prompt: [user('Q')], chosen: 'A', rejected: 'B' })[1]).toEqual(chat);
});

test('convertRow() takes pairs whose answers repeat the prompt', () => {
  const row = {
    prompt: 'Q',
    chosen: [user('Q'), assistant('A')],
    rejected: [user('Q'), assistant('B')],
    messages: [],
  };
  expect(convert(row)).toEqual([
    'preference',
    { kind: 'preference', prompt: [user('Q')], chosen: [assistant('A')], rejected: [assistant('B')] },
  ]);
});

test('convertRow() takes the column names of public preference sets', () => {
  const answers = { chosen: [assistant('A')], rejected: [assistant('B')] };
  const withSystem = { kind: 'preference', prompt: [system('S'), user('Q')], ...answers };
  expect(convert({ system: 'S', question: 'Q', chosen: 'A', rejected: 'B' })[1]).toEqual(withSystem);
  expect(convert({ system: 'S', prompt: 'Q', chosen: 'A', rejected: 'B' })[1]).toEqual(withSystem);
  const instructed = { system: 'S', instruction: 'Q', chosen_response: 'A', rejected_response: 'B' };
  expect(convert(instructed)[1]).toEqual(withSystem);
  expect(convert({ instruction: 'Q', input: 'I', chosen: 'A', rejected: 'B' })[1]).toMatchObject({
    prompt: [user('Q\nI')],
  });
  const numbered = { prompt: 'Q', response_0: 'B', response_1: 'A' };
  expect(convert({ ...numbered, better_response_id: 1 })[1]).toMatchObject({ chosen: 'A', rejected: 'B' });
  expect(faultOf(numbered)).toMatch(/^unknown-format: .*does not say which is better; map them/);
  const columns = { chosen: 'response_1', rejected: 'response_0' };
  expect(convert(numbered, { columns })[1]).toMatchObject({ prompt: 'Q', chosen: 'A', rejected: 'B' });
});

test('convertRow() maps columns that the user names', () => {
  const row = { frage: 'Q', gut: ' A', schlecht: ' B' };
  const columns = { prompt: 'frage', chosen: 'gut', rejected: 'schlecht' };
  expect(convert(row, { columns })[1]).toEqual({
    kind: 'preference',
    prompt: 'Q',
    chosen: ' A',
    rejected: ' B',
  });
  expect(faultOf({ frage: 'Q', gut: ' A' }, row, { columns })).toBe(
    "missing-field: Row has no 'schlecht', the column mapped to 'rejected'; Known: frage, gut",
  );
  expect(() => checkMapping({ prompts: 'frage' })).toThrow(
    new InputError("Cannot map column 'prompts': no format reads it. Did you mean 'prompt'?"),
  );
});

test('convertRow() splits texts that share their prompt at a word border', () => {
  const split = (chosen: string, rejected: string) => {
    const [name, example] = convert({ chosen, rejected }) as [
      string,
      { prompt: string; chosen: string; rejected: string },
    ];
    expect(name).toBe('implicit-preference');
    expect([example.prompt + example.chosen, example.prompt + example.rejected]).toEqual([chosen, rejected]);
    return [example.prompt, example.chosen, example.rejected];
  };
  expect(split('Q: two? A: four', 'Q: two? A: five')).toEqual(['Q: two? A:', ' four', ' five']);
  expect(split('Say it\nYes', 'Say it\nYet')).toEqual(['Say it\n', 'Yes', 'Yet']);
  expect(split('One two', 'One two three')).toEqual(['One', ' two', ' two three']);
  expect(split('Q<|im_end|>A', 'Q<|im_end|>B')).toEqual(['Q<|im_end|>', 'A', 'B']);
  const marked = ['Q ', '<|end of text|>A', '<|end of file|>B'];
  expect(split('Q <|end of text|>A', 'Q <|end of file|>B')).toEqual(marked);
  expect(split('[INST] Q [/INST]A', '[INST] Q [/INST]B')).toEqual(['[INST] Q [/INST]', 'A', 'B']);
  expect(split('問い：答え一', '問い：答え二')).toEqual(['問い：答え', '一', '二']);
  expect(faultOf({ chosen: 'Yes', rejected: 'No' })).toMatch(/^no-shared-prompt: .*add a 'prompt' column/);
});

test('convertRow() splits conversations that share their first messages', () => {
  const pair = (chosen: unknown[], rejected: unknown[]) => convert({ chosen, rejected })[1];
  expect(pair([user('Q'), assistant('A')], [user('Q'), assistant('B')])).toEqual({
    kind: 'preference',
    prompt: [user('Q')],
    chosen: [assistant('A')],
    rejected: [assistant('B')],
  });
  const longer = [user('Q'), assistant('A'), user('R'), assistant('B')];
  expect(pair(longer, [...longer.slice(0, 3), assistant('C')])).toMatchObject({ prompt: longer.slice(0, 3) });
  expect(faultOf({ chosen: longer, rejected: longer.slice(0, 2) })).toMatch(
    /^role-order: 'chosen' has a user message/,
  );
  expect(faultOf({ chosen: [user('Q'), assistant('A')], rejected: [user('R'), assistant('A')] })).toMatch(
    /^no-shared-prompt/,
  );
});

test('convertRow() turns HH transcripts into messages', () => {
  const start = '\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: How?\n\nAssistant:';
  expect(convert({ chosen: `${start} So.`, rejected: `${start} No idea.` })).toEqual([
    'hh',
    {
      kind: 'preference',
      prompt: [user('Hi'), assistant('Hello'), user('How?')],
      chosen: [assistant('So.')],
      rejected: [assistant('No idea.')],
    },
  ]);
  expect(faultOf({ chosen: `${start} So.`, rejected: '\n\nHuman: Other\n\nAssistant: No.' })).toMatch(
    /^no-shared-prompt: 'chosen' and 'rejected' do not share the turns/,
  );
});

test('convertRow() takes ShareGPT conversations, with and without pairs', () => {
  const conversations = [
    { from: 'human', value: 'Q' },
    { from: 'function_call', value: '{"name":"f","arguments":{"x":1}}' },
    { from: 'observation', value: '2' },
    { from: 'gpt', value: 'A' },
  ];
  expect(convert({ conversations, system: 'S', tools: '[{"name":"f"}]' })).toEqual([
    'sharegpt',
    {
      kind: 'chat',
      messages: [
        system('S'),
        user('Q'),
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ type: 'function', function: { name: 'f', arguments: { x: 1 } } }],
        },
        { role: 'tool', content: '2' },
        assistant('A'),
      ],
      tools: [{ name: 'f' }],
    },
  ]);
  const pair = {
    kind: 'preference',
    prompt: [user('Q')],
    chosen: [assistant('A')],
    rejected: [assistant('B')],
  };
  const asked = [{ from: 'human', value: 'Q' }];
  const [good, bad] = [
    { from: 'gpt', value: 'A' },
    { from: 'gpt', value: 'B' },
  ];
  expect(convert({ conversations: asked, chosen: good, rejected: bad })).toEqual([
    'sharegpt-preference',
    pair,
  ]);
  expect(convert({ conversations: asked, chosen: [good], rejected: [bad] })[1]).toEqual(pair);
});

test('convertRow() takes Alpaca rows with input, history and system', () => {
  expect(convert({ instruction: 'Do', input: '', output: 'Done' })).toEqual([
    'alpaca',
    { kind: 'completion', prompt: [user('Do')], completion: [assistant('Done')] },
  ]);
  const row = { instruction: 'Do', input: 'this', output: 'Done', history: [['Q', 'A']], system: 'S' };
  expect(convert(row)[1]).toMatchObject({
    prompt: [system('S'), user('Q'), assistant('A'), user('Do\nthis')],
  });
});

test('convertRow() takes OpenAI preference lines', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const row = {
    input: { messages: [user('Q')], tools, parallel_tool_calls: true },
    preferred_output: [assistant('A')],
    non_preferred_output: [assistant('B')],
  };
  expect(convert(row)).toEqual([
    'openai-preference',
    { kind: 'preference', prompt: [user('Q')], chosen: [assistant('A')], rejected: [assistant('B')], tools },
  ]);
  expect(faultOf({ ...row, input: { messages: [] } })).toMatch(/^empty: 'messages' is an empty list/);
  expect(faultOf({ ...row, preferred_output: [user('A')] })).toMatch(
    /^role-order: 'preferred_output' has a user/,
  );
});

test("convertRow() takes the DPO service's record: its pairs, and its target for imitation", () => {
  const row = {
    prompt: 'Q',
    responses: ['a', 'b', 'c'],
    pairs: [
      [0, 1],
      [2, 1],
    ],
    sft_target: 'c',
  };
  expect(convert(row)).toEqual([
    'dpo-service',
    { kind: 'preference', prompt: 'Q', chosen: 'a', rejected: 'b' },
    { kind: 'preference', prompt: 'Q', chosen: 'c', rejected: 'b' },
  ]);
  expect(convert(row, { purpose: 'sft' }).slice(1)).toEqual([
    { kind: 'completion', prompt: 'Q', completion: 'c' },
  ]);
  expect(faultOf({ ...row, pairs: [[0, 3]] })).toBe(
    'wrong-type: pairs[0] is [0,3], not two indices below 3; write [index of the better response, index of the worse]',
  );
  expect(faultOf({ ...row, pairs: [[1, 1]] })).toMatch(/^identical-pair: 'responses\[1\]' and/);
  expect(faultOf({ ...row, pairs: [] })).toMatch(/^empty: 'pairs' is empty/);
  expect(faultOf({ ...row, sft_target: 'z' }, row, { purpose: 'sft' })).toMatch(
    /'sft_target' is none of the responses/,
  );
});

test('convertRow() takes answers that are liked or not', () => {
  const unpaired = { kind: 'unpaired', prompt: 'Q', completion: 'A', label: true };
  expect(convert({ prompt: 'Q', completion: 'A', label: true })).toEqual(['unpaired', unpaired]);
  expect(convert({ prompt: 'Q', completion: 'A', label: 'False' })[1]).toEqual({ ...unpaired, label: false });
  const chat = { kind: 'unpaired', prompt: [user('Q')], completion: [assistant('A')], label: true };
  expect(convert({ messages: [user('Q'), assistant('A')], label: 1 })[1]).toEqual(chat);
  expect(convert({ instruction: 'Q', output: 'A', kto_tag: true })[1]).toEqual(chat);
  expect(faultOf({ prompt: 'Q', completion: 'A' }, { prompt: 'Q', completion: 'A', label: true })).toBe(
    "missing-field: Row has no 'label'; add 'label' or delete the row",
  );
});

test('convertRow() turns pairs and liked answers into what the purpose needs', () => {
  const pair = { prompt: 'Q', chosen: 'A', rejected: 'B' };
  expect(convert(pair, { purpose: 'sft' }).slice(1)).toEqual([
    { kind: 'completion', prompt: 'Q', completion: 'A' },
  ]);
  expect(convert(pair, { purpose: 'unpaired' }).slice(1)).toEqual([
    { kind: 'unpaired', prompt: 'Q', completion: 'A', label: true },
    { kind: 'unpaired', prompt: 'Q', completion: 'B', label: false },
  ]);
  const liked = { prompt: 'Q', completion: 'A', label: false };
  expect(convert(liked, { purpose: 'sft' }).slice(1)).toEqual([]);
});

test('convertRow() drops null members that tables add, and keeps those of lists', () => {
  const messages = [
    { ...user('Q'), tool_calls: null, name: null },
    { ...assistant('A'), tool_calls: null, weight: null },
  ];
  expect(convert({ prompt: null, messages, tools: null })).toEqual([
    'messages',
    { kind: 'chat', messages: [user('Q'), assistant('A')] },
  ]);
});

test('detectFormat() follows the most rows, and an equal number of them in a fixed order', () => {
  const origin = { file: 'f', line: 1 };
  const pair = { row: { prompt: 'Q', chosen: 'A', rejected: 'B' }, origin };
  const chat = { row: { messages: [] }, origin };
  expect(detectFormat([chat, pair, pair])?.name).toBe('preference');
  expect(detectFormat([chat, pair])?.name).toBe('preference');
  expect(detectFormat([chat, pair], { format: 'messages' })?.name).toBe('messages');
  expect(detectFormat([{ row: { a: 1 }, origin }])).toBeUndefined();
});

const pair = { prompt: 'Q', chosen: 'A', rejected: 'B' };
const chat = { messages: [user('Q'), assistant('A')] };
const messagesOf = (...messages: unknown[]) => ({ messages });

test.each([
  [
    { prompt: 'Q', chosen: 'A' },
    pair,
    "missing-field: Row has no 'rejected'; add 'rejected' or delete the row",
  ],
  [{ prompt: 'Q' }, pair, "missing-field: Row has no 'chosen'; add 'chosen' or delete the row"],
  [
    { prompt: 'Q', chosen: 'A', Rejected: 'B' },
    pair,
    "missing-field: Row has no 'rejected' (it has 'Rejected')",
  ],
  [{ chosen: 'A', rejected: 'B' }, pair, "missing-field: Row has no 'prompt'"],
  [{ ...pair, rejected: null }, pair, "missing-field: Row has no 'rejected'"],
  [{ ...pair, chosen: 3 }, pair, "wrong-type: 'chosen' is a number, not a string; make it a string"],
  [
    { ...pair, rejected: 'A' },
    pair,
    "identical-pair: 'chosen' and 'rejected' are identical; nothing can be learnt",
  ],
  [{ ...pair, rejected: ' A\n' }, pair, 'identical-pair'],
  [{ ...pair, rejected: ' ' }, pair, "empty: 'rejected' is empty; write the answer or delete the row"],
  [{ ...pair, prompt: '' }, pair, "empty: 'prompt' is empty; write the prompt or delete the row"],
  [{ prompt: 'Q', completion: '' }, undefined, "empty: 'completion' is empty"],
  [{ text: '\n' }, undefined, "empty: 'text' is empty"],
  [
    chat,
    pair,
    "mixed-format: Row has the columns of {messages, tools?}, the file's rows those of {prompt, chosen, rejected}",
  ],
  [{ ...pair, system: 'S' }, pair, "mixed-format: Row has a system text, the file's first rows have none"],
  [messagesOf(), undefined, "empty: 'messages' is an empty list"],
  [
    messagesOf(user('Q')),
    chat,
    "role-order: 'messages' ends with the user message; end it with the assistant",
  ],
  [
    messagesOf(assistant('A')),
    chat,
    "role-order: Message 1 of 'messages' is an assistant message before any user",
  ],
  [messagesOf(system('S'), assistant('A')), chat, 'role-order: Message 2'],
  [messagesOf(user('Q'), system('S'), assistant('A')), chat, 'a system message after the first one'],
  [
    messagesOf(user('Q'), { role: 'tool', content: '2' }, assistant('A')),
    chat,
    'a tool message that answers no tool call',
  ],
  [messagesOf(user('Q'), assistant(' ')), chat, "empty: 'messages' has an empty assistant message"],
  [
    messagesOf(user('Q'), { ...assistant('A'), weight: 0 }),
    chat,
    "untrained: 'messages' has no assistant message with weight 1",
  ],
  [messagesOf(user('Q'), { ...assistant('A'), weight: 2 }), chat, 'The weight of message 2'],
  [messagesOf({ ...user('Q'), weight: 1 }, assistant('A')), chat, "has a weight but is not the assistant's"],
  [
    messagesOf(user('Q'), { role: 'robot', content: 'A' }),
    chat,
    "unknown-role: Message 2 of 'messages' has an unknown role: 'robot'",
  ],
  [messagesOf(user('Q'), { content: 'A' }), chat, "missing-field: Message 2 of 'messages' has no role"],
  [
    messagesOf(user('Q'), { role: 'assistant' }),
    chat,
    "missing-field: Message 2 of 'messages' has no content; add it",
  ],
  [
    messagesOf(user('Q'), { ...assistant('A'), wieght: 0 }),
    chat,
    "has an unknown member 'wieght'; write 'weight'",
  ],
  [
    messagesOf('Q'),
    chat,
    "wrong-type: Message 1 of 'messages' is a string, not an object with role and content",
  ],
  [
    messagesOf({ role: 'user', content: [{ type: 'image_url' }] }, assistant('A')),
    chat,
    "a part of type 'image_url'; only text",
  ],
  [{ ...chat, tools: 'no' }, chat, "wrong-type: 'tools' is a string, not a list"],
  [
    { prompt: [system('S')], completion: 'A' },
    undefined,
    "role-order: 'prompt' ends with the system message",
  ],
  [
    { a: 1, b: 2 },
    undefined,
    "unknown-format: Row has columns 'a', 'b', which are those of no known format; rename columns",
  ],
  [{ prompt: 'Q', completions: [], labels: [] }, undefined, 'unknown-format: Row has a label for each step'],
] as const)('convertRow() refuses %j', (row, first, message) => {
  expect(faultOf(row, first)).toContain(message);
});
