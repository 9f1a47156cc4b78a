// The preview of a trace's request or response: of a chat the last message of its side, else the JSON itself, cut to length.
import { isJsonObject, type JsonValue, tryParseJson } from '../json-text.ts';

const longest = 1000;

/** At most 1,000 characters of a span's inputs or outputs, given as JSON. */
export function previewOf(json: string, role: 'user' | 'assistant'): string {
  const text = chatText(tryParseJson(json), role) || json;
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 3).join('')}...`;
}

function chatText(value: JsonValue | undefined, role: string): string {
  const messages = messagesOf(value);
  const message = messages.findLast((one) => one.role === role) ?? messages.at(-1);
  return message === undefined ? '' : contentText(message.content);
}

type JsonObject = { readonly [key: string]: JsonValue };

/** The messages of a request or an answer of OpenAI's chat completions or responses. */
function messagesOf(value: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  if (isFilledList(value.messages)) return value.messages.filter(isMessage);
  const choice = isFilledList(value.choices) ? value.choices[0] : undefined;
  if (isJsonObject(choice) && isMessage(choice.message)) return [choice.message];
  if (isFilledList(value.input)) return value.input.filter(isMessage);
  if (isFilledList(value.output)) return value.output.filter(isMessage);
  return messagesOf(value.request);
}

function contentText(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!isFilledList(content)) return '';
  for (const part of content) {
    if (typeof part === 'string') return part;
    if (isJsonObject(part) && (part.type === 'text' || part.type === 'output_text'))
      return typeof part.text === 'string' ? part.text : '';
  }
  return '';
}

function isMessage(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && 'role' in value && 'content' in value;
}

function isFilledList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value) && value.length > 0;
}
