// What must hold of a conversation: the order of its roles, and that there is something to learn.
import type { Message } from '../../text/index.ts';
import type { Turn } from '../example.ts';
import { RowFault } from '../fault.ts';

/** Refuses a conversation that cannot be trained on: its last message must be the assistant's, with content. */
export function checkConversation(messages: readonly Message[], name: string): void {
  checkOrder(messages, name);
  const last = messages.at(-1);
  if (last?.role !== 'assistant')
    throw new RowFault(
      'role-order',
      `'${name}' ends with the ${last?.role ?? 'no'} message`,
      'end it with the assistant message to learn',
    );
  if (!messages.some((message) => message.role !== 'assistant'))
    throw new RowFault(
      'role-order',
      `'${name}' has only assistant messages`,
      'add the user message before them',
    );
  const trained = messages.filter((message) => message.role === 'assistant' && message.weight !== 0);
  if (trained.length === 0)
    throw new RowFault(
      'untrained',
      `'${name}' has no assistant message with weight 1`,
      'delete a weight or the row',
    );
  const empty = trained.find((message) => isEmptyMessage(message));
  if (empty !== undefined)
    throw new RowFault(
      'empty',
      `'${name}' has an empty assistant message`,
      'write the answer or delete the row',
    );
}

/** Refuses messages that cannot stand before an answer. */
export function checkPrompt(prompt: Turn, name: string): void {
  if (typeof prompt === 'string') {
    if (prompt.trim() === '')
      throw new RowFault('empty', `'${name}' is empty`, 'write the prompt or delete the row');
    return;
  }
  if (prompt.length === 0)
    throw new RowFault('empty', `'${name}' has no messages`, 'add the user message or delete the row');
  checkOrder(prompt, name);
  const last = prompt.at(-1)?.role;
  if (last !== 'user' && last !== 'tool')
    throw new RowFault(
      'role-order',
      `'${name}' ends with the ${last} message`,
      'end it with the user message',
    );
}

/** Refuses an answer that is empty or is not the assistant's. */
export function checkAnswer(answer: Turn, name: string): void {
  if (typeof answer === 'string') {
    if (answer.trim() === '')
      throw new RowFault('empty', `'${name}' is empty`, 'write the answer or delete the row');
    return;
  }
  const foreign = answer.find((message) => message.role !== 'assistant' && message.role !== 'tool');
  if (foreign !== undefined)
    throw new RowFault(
      'role-order',
      `'${name}' has a ${foreign.role} message`,
      'an answer holds only assistant and tool messages',
    );
  if (answer.at(-1)?.role !== 'assistant' || answer[0]?.role !== 'assistant')
    throw new RowFault(
      'role-order',
      `'${name}' does not begin and end with an assistant message`,
      'add the assistant message to learn',
    );
  if (answer.some((message) => message.role === 'assistant' && isEmptyMessage(message)))
    throw new RowFault(
      'empty',
      `'${name}' has an empty assistant message`,
      'write the answer or delete the row',
    );
}

/** Refuses a pair from which nothing can be learnt. */
export function checkPair(chosen: Turn, rejected: Turn, names: readonly [string, string]): void {
  checkAnswer(chosen, names[0]);
  checkAnswer(rejected, names[1]);
  if (comparable(chosen) === comparable(rejected))
    throw new RowFault(
      'identical-pair',
      `'${names[0]}' and '${names[1]}' are identical`,
      'nothing can be learnt from it: delete the row',
    );
}

function checkOrder(messages: readonly Message[], name: string): void {
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    if (message.role === 'system' && index > 0)
      throw order(name, index, 'a system message after the first one');
    if (message.role === 'assistant' && (before === undefined || before.role === 'system'))
      throw order(name, index, 'an assistant message before any user message');
    if (message.role === 'tool' && !(before?.role === 'tool' || before?.tool_calls !== undefined))
      throw order(name, index, 'a tool message that answers no tool call');
  });
}

function order(name: string, index: number, what: string): RowFault {
  return new RowFault(
    'role-order',
    `Message ${index + 1} of '${name}' is ${what}`,
    'put the messages in order: system, then user and assistant in turn',
  );
}

function isEmptyMessage(message: Message): boolean {
  return (message.content ?? '').trim() === '' && message.tool_calls === undefined;
}

function comparable(turn: Turn): string {
  if (typeof turn === 'string') return turn.trim();
  return JSON.stringify(
    turn.map((message) => [message.role, (message.content ?? '').trim(), message.tool_calls]),
  );
}
