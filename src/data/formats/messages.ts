// Messages as data sets write them (role/content or from/value), brought to one form and checked.
import type { Message } from '../../text/index.ts';
import { RowFault } from '../fault.ts';
import { describeType, isRecord } from '../sources/index.ts';
import { likelySlip, parseJson, requireList, wrongType } from './fields.ts';

const roles: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  function_call: 'function_call',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  ipython: 'tool',
};

const messageKeys = [
  'role',
  'content',
  'from',
  'value',
  'name',
  'weight',
  'tool_calls',
  'tool_call_id',
] as const;

/** A list of messages, also as JSON text or one message alone. */
export function readMessages(value: unknown, name: string): Message[] {
  const list = isRecord(value) ? [value] : requireList(value, name);
  if (list.length === 0)
    throw new RowFault('empty', `'${name}' is an empty list`, 'add its messages or delete the row');
  return list.map((item, index) => readMessage(item, `message ${index + 1} of '${name}'`));
}

/** A value that holds messages rather than plain text; CSV and some Parquet files hold them as JSON text. */
export function isMessages(value: unknown): boolean {
  if (typeof value !== 'string') return Array.isArray(value) || isRecord(value);
  return /^\s*\[\s*\{\s*"(role|content|from|value)"\s*:/.test(value) && Array.isArray(parseJson(value));
}

function readMessage(item: unknown, where: string): Message {
  if (!isRecord(item)) throw wrongType(capital(where), item, 'an object with role and content');
  const { from, role: plainRole, value, content: plainContent, ...rest } = item;
  for (const key of Object.keys(rest)) {
    const slip = likelySlip(key, messageKeys);
    if (slip !== undefined)
      throw new RowFault(
        'unknown-key',
        `${capital(where)} has an unknown member '${key}'`,
        `write '${slip}'`,
      );
  }
  const role = readRole(plainRole ?? from, where);
  if (role === 'function_call') return readFunctionCall(plainContent ?? value, where);
  const calls = readToolCalls(item, where);
  const content = readContent(plainContent ?? value, where, calls !== undefined);
  checkWeight(item.weight, role, where);
  const { function_call: _call, ...others } = rest;
  return { ...others, role, content, ...(calls === undefined ? {} : { tool_calls: calls }) } as Message;
}

function readRole(value: unknown, where: string): string {
  if (value === undefined) throw new RowFault('missing-field', `${capital(where)} has no role`, 'add it');
  const role = typeof value === 'string' ? roles[value.toLowerCase()] : undefined;
  if (role !== undefined) return role;
  const shown = typeof value === 'string' ? `'${value}'` : describeType(value);
  throw new RowFault(
    'unknown-role',
    `${capital(where)} has an unknown role: ${shown}`,
    'use system, user, assistant or tool',
  );
}

function readContent(value: unknown, where: string, hasCalls: boolean): string | null {
  if (typeof value === 'string') return value;
  if (value === undefined) {
    if (hasCalls) return null;
    throw new RowFault('missing-field', `${capital(where)} has no content`, 'add it or delete the row');
  }
  if (!Array.isArray(value)) throw wrongType(`The content of ${where}`, value, 'a string');
  return value.map((part) => readPart(part, where)).join('');
}

function readPart(part: unknown, where: string): string {
  if (typeof part === 'string') return part;
  if (isRecord(part) && typeof part.text === 'string') return part.text;
  const kind = isRecord(part) ? `'${String(part.type)}'` : describeType(part);
  throw new RowFault(
    'wrong-type',
    `The content of ${where} has a part of type ${kind}`,
    'only text can be trained',
  );
}

/** `tool_calls`, or the older `function_call`; arguments given as JSON text become the object that templates expect. */
function readToolCalls(item: Readonly<Record<string, unknown>>, where: string): unknown[] | undefined {
  const single = item.function_call;
  const value = single === undefined ? item.tool_calls : [{ type: 'function', function: single }];
  if (value === undefined || value === '') return undefined;
  const calls = requireList(value, 'tool_calls');
  if (calls.length === 0) return undefined;
  return calls.map((call) => {
    if (!isRecord(call)) throw wrongType(`A tool call of ${where}`, call, 'an object');
    const target = call.function;
    if (!isRecord(target)) return withParsedArguments(call, where);
    return { ...call, function: withParsedArguments(target, where) };
  });
}

function withParsedArguments(
  call: Readonly<Record<string, unknown>>,
  where: string,
): Record<string, unknown> {
  const text = call.arguments;
  if (typeof text !== 'string' || text.trim() === '') return { ...call };
  const parsed = parseJson(text);
  if (isRecord(parsed)) return { ...call, arguments: parsed };
  throw new RowFault(
    'not-json',
    `The arguments of a tool call of ${where} are no JSON object`,
    'write them as the JSON text of an object',
  );
}

function readFunctionCall(value: unknown, where: string): Message {
  const call = typeof value === 'string' ? parseJson(value) : value;
  const calls = Array.isArray(call) ? call : [call];
  if (!calls.every((one) => isRecord(one) && typeof one.name === 'string'))
    throw new RowFault(
      'wrong-type',
      `${capital(where)} is a function call without a name`,
      'write {"name": ..., "arguments": {...}}',
    );
  const tool_calls = calls.map((one) => ({ type: 'function', function: withParsedArguments(one, where) }));
  return { role: 'assistant', content: null, tool_calls };
}

function checkWeight(weight: unknown, role: string, where: string): void {
  if (weight === undefined) return;
  if (weight !== 0 && weight !== 1)
    throw new RowFault('wrong-type', `The weight of ${where} is ${String(weight)}`, 'make it 0 or 1');
  if (role !== 'assistant')
    throw new RowFault(
      'wrong-type',
      `${capital(where)} has a weight but is not the assistant's`,
      'delete the weight',
    );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
