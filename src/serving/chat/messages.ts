// Messages as clients send them, in the form that chat templates take.
import { InputError } from '../../core/index.ts';
import type { Message } from '../../text/index.ts';
import type { ChatMessage, ContentPart } from './text-request.ts';

const roles: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/**
 * The messages with one text each; `developer` becomes `system` and `function` becomes `tool`.
 * @throws InputError naming the message for an unknown role, content that is no text, or a missing one
 */
export function templateMessages(messages: readonly ChatMessage[]): Message[] {
  if (messages.length === 0) throw new InputError("Cannot answer: 'messages' is empty; give at least one");
  return messages.map((message, index) => templateMessage(message, `messages[${index}]`));
}

function templateMessage(message: ChatMessage, where: string): Message {
  const role = roles[message.role];
  if (role === undefined)
    throw new InputError(
      `Cannot read ${where}: its role is '${message.role}'; use ${Object.keys(roles).join(', ')}`,
    );
  const calls =
    message.tool_calls ?? (message.function_call ? [{ function: message.function_call }] : undefined);
  if (calls !== undefined && role !== 'assistant')
    throw new InputError(`Cannot read ${where}: only assistant messages call tools; remove its calls`);
  const content = contentText(message.content, where);
  if (content === null && (calls ?? []).length === 0)
    throw new InputError(`Cannot read ${where}: it has no content; give it text`);
  return {
    role,
    content,
    ...(message.name === undefined ? {} : { name: message.name }),
    ...(message.tool_call_id === undefined ? {} : { tool_call_id: message.tool_call_id }),
    ...(calls === undefined || calls.length === 0
      ? {}
      : { tool_calls: calls.map((call) => ({ type: 'function', ...call })) }),
  };
}

function contentText(content: ChatMessage['content'], where: string): string | null {
  if (content === undefined || content === null) return null;
  if (typeof content === 'string') return content;
  if (content.length === 0) throw new InputError(`Cannot read ${where}: its content is an empty list`);
  return content.map((part, index) => partText(part, `${where}.content[${index}]`)).join('');
}

function partText(part: ContentPart, where: string): string {
  const text = part.type === 'refusal' ? part.refusal : part.text;
  if ((part.type === 'text' || part.type === 'refusal') && typeof text === 'string') return text;
  throw new InputError(
    `Cannot read ${where}: its type is '${part.type}' and this model reads text only; send parts of type 'text'`,
  );
}
