// Renders conversations through the model's own chat template.
import { InputError, type InputLocation } from '../core/index.ts';
import { compileTemplate, type Rendered, type Template } from './jinja.ts';
import type { Message } from './message.ts';
import type { Tokenizer } from './tokenizer.ts';

/** How {@link renderChat} calls the template. */
export type RenderOptions = {
  /** Ends the text with the header of the assistant's answer. Default: false. */
  readonly addGenerationPrompt?: boolean;
  /** Descriptions of the tools that the model may call. */
  readonly tools?: readonly unknown[];
  /** Name of one of the tokenizer's templates. Default: `tool_use` if there are tools and such a template, else `default`. */
  readonly template?: string;
  /** The time that `strftime_now` tells; give a fixed one where texts must be the same tomorrow. Default: now. */
  readonly now?: Date;
  /** Further variables for the template, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Lets the text of special tokens in messages become control tokens; otherwise it is refused. Default: false. */
  readonly allowSpecialText?: boolean;
  /** Where the messages come from, for error messages. */
  readonly location?: InputLocation;
};

const compiled = new WeakMap<Tokenizer, Map<string, Template>>();

/**
 * The text of a conversation. The template prints BOS if the model wants one: encode it with `addSpecialTokens: false`.
 * `content: null` prints nothing; tool-call arguments given as JSON text are handed to the template as objects.
 * @throws InputError if there is no template, the template refuses the messages or a message holds special-token text.
 */
export function renderChat(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: RenderOptions = {},
): string {
  return renderMarked(tokenizer, messages, options).text;
}

/** {@link renderChat} with the spans that the template puts between `{% generation %}` and `{% endgeneration %}`. */
export function renderMarked(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: RenderOptions = {},
): Rendered {
  const template = pickTemplate(tokenizer, options);
  if (!options.allowSpecialText) refuseSpecialText(tokenizer, messages, options);
  const variables = (emptyContent: string | null) => ({
    ...tokenizer.templateVariables,
    tools: options.tools && options.tools.length > 0 ? options.tools : null,
    documents: null,
    add_generation_prompt: options.addGenerationPrompt ?? false,
    ...options.variables,
    messages: messages.map((message) => templateMessage(message, emptyContent)),
  });
  return callTemplate(template, variables, options);
}

/** True if the template marks the assistant's words with `{% generation %}`. */
export function hasGenerationMarks(tokenizer: Tokenizer, options: RenderOptions = {}): boolean {
  return pickTemplate(tokenizer, options).hasMarks;
}

/**
 * Every id at which generation of a chat answer must stop: {@link Tokenizer.eosTokenIds} and the special token that
 * the template prints right after an assistant's message.
 */
export function chatStopIds(tokenizer: Tokenizer): number[] {
  const ids = new Set(tokenizer.eosTokenIds);
  const end = tokenizer.chatTemplates.size > 0 ? endOfTurn(tokenizer) : undefined;
  if (end !== undefined) ids.add(end);
  return [...ids];
}

function endOfTurn(tokenizer: Tokenizer): number | undefined {
  const answer = 'Answer7';
  let text: string;
  try {
    text = renderChat(tokenizer, [
      { role: 'user', content: 'Question' },
      { role: 'assistant', content: answer },
    ]);
  } catch (cause) {
    if (cause instanceof InputError) return undefined;
    throw cause;
  }
  const rest = text.slice(text.lastIndexOf(answer) + answer.length).trimStart();
  const found = tokenizer.findSpecialText(rest);
  return found?.index === 0 ? (tokenizer.tokenToId(found.token) ?? undefined) : undefined;
}

function callTemplate(
  template: Template,
  variables: (emptyContent: string | null) => Record<string, unknown>,
  options: RenderOptions,
): Rendered {
  const now = options.now ?? new Date();
  try {
    return template.render(variables(null), now);
  } catch (cause) {
    if (cause instanceof InputError) throw relocate(cause, options.location);
    // Templates that join strings fail on null: content of a message that only calls tools is empty for them.
    try {
      return template.render(variables(''), now);
    } catch {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InputError(
        `Cannot render the messages: the chat template failed (${reason}); check the messages`,
        {
          cause,
          ...located(options.location),
        },
      );
    }
  }
}

function relocate(error: InputError, location: InputLocation | undefined): InputError {
  return location === undefined ? error : new InputError(error.message, { cause: error.cause, location });
}

/** `location` as error details, absent if undefined. */
export function located(location: InputLocation | undefined): { readonly location?: InputLocation } {
  return location === undefined ? {} : { location };
}

function pickTemplate(tokenizer: Tokenizer, options: RenderOptions): Template {
  const templates = tokenizer.chatTemplates;
  const withTools = options.tools && options.tools.length > 0 && templates.has('tool_use');
  const name = options.template ?? (withTools ? 'tool_use' : 'default');
  const source = templates.get(name);
  if (source === undefined) throw new InputError(noTemplate(name, [...templates.keys()]));
  const known = compiled.get(tokenizer) ?? new Map<string, Template>();
  compiled.set(tokenizer, known);
  const template = known.get(name) ?? compileTemplate(source);
  known.set(name, template);
  return template;
}

function noTemplate(name: string, known: readonly string[]): string {
  const what = `Cannot render messages: the tokenizer has no chat template '${name}'`;
  if (known.length > 0) return `${what}; it has ${known.join(', ')}`;
  return `${what}; put a chat_template.jinja beside tokenizer.json, or give prompts and completions as plain text`;
}

/** What the template sees of a message: no training weight, no empty members (tables fill absent ones with null). */
function templateMessage(message: Message, emptyContent: string | null): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (key !== 'weight' && value !== null && value !== undefined) result[key] = value;
  }
  result.content = message.content ?? emptyContent;
  if (Array.isArray(result.tool_calls)) result.tool_calls = result.tool_calls.map(withParsedArguments);
  return result;
}

/** Templates print arguments with `tojson`, which would quote JSON text a second time. */
function withParsedArguments(call: unknown): unknown {
  if (!isRecord(call)) return call;
  const inner = call.function;
  if (isRecord(inner)) return { ...call, function: { ...inner, arguments: parseArguments(inner.arguments) } };
  return 'arguments' in call ? { ...call, arguments: parseArguments(call.arguments) } : call;
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseSpecialText(tokenizer: Tokenizer, messages: readonly Message[], options: RenderOptions): void {
  for (const [i, message] of messages.entries()) {
    for (const text of stringsIn(message))
      refuseIn(tokenizer, text, `message ${i + 1} (${message.role})`, options);
  }
  for (const text of stringsIn(options.tools)) refuseIn(tokenizer, text, 'the tools', options);
}

function refuseIn(tokenizer: Tokenizer, text: string, what: string, options: RenderOptions): void {
  try {
    tokenizer.refuseSpecialText(text, what);
  } catch (cause) {
    throw cause instanceof InputError ? relocate(cause, options.location) : cause;
  }
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!Array.isArray(value)) yield key;
      yield* stringsIn(member);
    }
  }
}
