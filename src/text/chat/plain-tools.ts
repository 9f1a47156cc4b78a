// Tools in plain messages, in the form of Hermes: for chat templates that know nothing of tools.
import type { Message } from '../message.ts';

/**
 * The messages with the tools described in the system message, calls written into the assistant's text, and answers of
 * tools given as the user's: what Qwen 2.5's template prints. A beginning of the messages becomes a beginning of the result.
 */
export function withPlainTools(messages: readonly Message[], tools: readonly unknown[]): Message[] {
  const plain = joinAnswers(messages.map(plainMessage));
  if (tools.length === 0) return plain;
  const [first] = plain;
  const described = describeTools(tools);
  if (first?.role !== 'system') return [{ role: 'system', content: described }, ...plain];
  return [{ role: 'system', content: `${first.content ?? ''}\n\n${described}` }, ...plain.slice(1)];
}

function describeTools(tools: readonly unknown[]): string {
  return [
    '# Tools\n',
    'You may call one or more functions to assist with the user query.\n',
    'You are provided with function signatures within <tools></tools> XML tags:',
    '<tools>',
    ...tools.map((tool) => JSON.stringify(tool)),
    '</tools>\n',
    'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:',
    '<tool_call>',
    '{"name": <function-name>, "arguments": <args-json-object>}',
    '</tool_call>',
  ].join('\n');
}

function plainMessage(message: Message): Message {
  if (message.role === 'tool')
    return { role: 'tool', content: `<tool_response>\n${message.content ?? ''}\n</tool_response>` };
  const { tool_calls: calls, ...rest } = message;
  if (calls === undefined || calls.length === 0) return message;
  const text = [...(rest.content ? [rest.content] : []), ...calls.map(callText)].join('\n');
  return { ...rest, content: text };
}

function callText(call: unknown): string {
  const made = isRecord(call) && isRecord(call.function) ? call.function : {};
  const { name = '', arguments: given = {} } = made;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text}}\n</tool_call>`;
}

/** Answers of tools that follow each other are one message of the user's: templates want turns. */
function joinAnswers(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const [i, message] of messages.entries()) {
    const last = joined.at(-1);
    if (message.role !== 'tool') joined.push(message);
    else if (messages[i - 1]?.role === 'tool' && last !== undefined)
      joined[joined.length - 1] = { role: 'user', content: `${last.content}\n${message.content}` };
    else joined.push({ role: 'user', content: message.content });
  }
  return joined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
