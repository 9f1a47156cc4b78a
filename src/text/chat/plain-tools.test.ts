// Tools, calls and answers in plain messages, for chat templates that have no place for them.
import { expect, test } from 'vitest';
import { encodeChat } from '../encode-chat.ts';
import { smallTokenizer } from '../small-tokenizer.ts';
import { renderChat } from './chat-template.ts';
import { withPlainTools } from './plain-tools.ts';

const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const call = { type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } };
const messages = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Rain?' },
  { role: 'assistant', content: null, tool_calls: [call, call] },
  { role: 'tool', content: 'yes' },
  { role: 'tool', content: 'no' },
  { role: 'assistant', content: 'Yes and no.' },
];
const written = '<tool_call>\n{"name": "weather", "arguments": {"city":"Paris"}}\n</tool_call>';

test('withPlainTools() writes tools, calls and their answers into plain messages', () => {
  const plain = withPlainTools(messages, tools);
  expect(plain.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant']);
  expect(plain[0]?.content).toMatch(
    /^Be kind\.\n\n# Tools\n\n.*<tools>\n\{"type":"function","function":\{"name":"weather"/s,
  );
  expect(plain[2]).toEqual({ role: 'assistant', content: `${written}\n${written}` });
  expect(plain[3]?.content).toBe(
    '<tool_response>\nyes\n</tool_response>\n<tool_response>\nno\n</tool_response>',
  );
});

test('encodeChat() trains calls behind a template without a place for tools, as renderChat() shows them', async () => {
  const tokenizer = await smallTokenizer();
  const { ids, trained } = await encodeChat(tokenizer, messages, { tools });
  const learnt = tokenizer.decode(ids.filter((_, i) => trained[i]));
  expect(learnt).toContain(`${written}\n${written}`);
  expect(learnt).toContain('Yes and no.');
  expect(learnt).not.toContain('# Tools');
  expect(learnt).not.toContain('<tool_response>');
  const prompt = renderChat(tokenizer, messages.slice(0, 5), { tools, addGenerationPrompt: true });
  expect(renderChat(tokenizer, messages, { tools }).startsWith(prompt)).toBe(true);
});
