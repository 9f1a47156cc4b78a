// What a chat template sees of a message. Templates expect this or that form of empty content and tool arguments.
import type { Message } from '../message.ts';

/** How a message without content and the arguments of tool calls are handed to the template. */
export type MessageStyle = { readonly emptyContent: null | ''; readonly callArguments: 'object' | 'text' };

/**
 * The forms worth trying, the usual first. Templates that join strings fail on `null`, and templates that do not print
 * arguments with `tojson` want them as text.
 */
export function messageStyles(messages: readonly Message[]): MessageStyle[] {
  const empty: MessageStyle['emptyContent'][] = messages.some((message) => !message.content)
    ? [null, '']
    : [null];
  const forms: MessageStyle['callArguments'][] = hasCalls(messages) ? ['object', 'text'] : ['object'];
  return empty.flatMap((emptyContent) => forms.map((callArguments) => ({ emptyContent, callArguments })));
}

/** True if any message calls a tool. */
export function hasCalls(messages: readonly Message[]): boolean {
  return messages.some((message) => (message.tool_calls?.length ?? 0) > 0);
}

/** The message without its training weight and without empty members (tables fill absent ones with null). */
export function templateMessage(message: Message, style: MessageStyle): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (key !== 'weight' && value !== null && value !== undefined) result[key] = value;
  }
  result.content = message.content ?? style.emptyContent;
  if (Array.isArray(result.tool_calls))
    result.tool_calls = result.tool_calls.map((call) => templateCall(call, style));
  return result;
}

function templateCall(call: unknown, style: MessageStyle): unknown {
  if (!isRecord(call)) return call;
  if (isRecord(call.function)) return { ...call, function: templateCall(call.function, style) };
  if (!('arguments' in call)) return call;
  const convert = style.callArguments === 'object' ? parseArguments : printArguments;
  return { ...call, arguments: convert(call.arguments) };
}

function parseArguments(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

function printArguments(value: unknown): unknown {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
