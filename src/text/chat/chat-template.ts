// Renders conversations through the model's own chat template.
import { InputError } from '../../core/index.ts';
import { compileTemplate, type Rendered, type Template } from '../jinja.ts';
import { type Located, locate } from '../locations.ts';
import type { Message } from '../message.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { refuseOmissions } from './omissions.ts';
import { withPlainTools } from './plain-tools.ts';
import { hasCalls, type MessageStyle, messageStyles, templateMessage } from './template-message.ts';

/** How {@link renderChat} calls the template. */
export type RenderOptions = Located & {
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
  /** Lets the template leave out messages, tool calls or tools; otherwise this is refused. Default: false. */
  readonly allowOmissions?: boolean;
};

const compiled = new WeakMap<Tokenizer, Map<string, Template>>();

/**
 * The text of a conversation. The template prints BOS if the model wants one: encode it with `addSpecialTokens: false`.
 * `content: null` prints nothing; tool-call arguments given as JSON text are handed to the template as objects, unless it
 * wants text.
 * @throws InputError if there is no template, the template refuses the messages or leaves one out, or a message holds
 * special-token text.
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
  return locate(options, () => {
    const template = pickTemplate(tokenizer, options);
    if (!options.allowSpecialText) refuseSpecialText(tokenizer, messages, options);
    return renderWithTools(tokenizer, template, messages, options);
  });
}

/** A template that knows nothing of tools is given them, and calls, in plain messages: training and use see the same. */
function renderWithTools(
  tokenizer: Tokenizer,
  template: Template,
  messages: readonly Message[],
  { tools = [], ...options }: RenderOptions,
): Rendered {
  const native = () => renderInStyles(tokenizer, template, messages, { ...options, tools });
  const plain = () => renderInStyles(tokenizer, template, withPlainTools(messages, tools), options);
  const usesCalls = hasCalls(messages) || messages.some(({ role }) => role === 'tool');
  if (!(tools.length > 0 || usesCalls) || printsTools(tokenizer, template)) return native();
  if (tools.length > 0) return plain();
  try {
    return native();
  } catch (cause) {
    if (cause instanceof InputError) return plain();
    throw cause;
  }
}

const probe = { type: 'function', function: { name: 'probe_function', parameters: { type: 'object' } } };
const printers = new WeakMap<Template, boolean>();

function printsTools(tokenizer: Tokenizer, template: Template): boolean {
  const known = printers.get(template);
  if (known !== undefined) return known;
  const prints = showsProbe(tokenizer, template);
  printers.set(template, prints);
  return prints;
}

function showsProbe(tokenizer: Tokenizer, template: Template): boolean {
  const question = [{ role: 'user', content: 'Question' }];
  try {
    const options = { tools: [probe], allowOmissions: true };
    return renderInStyles(tokenizer, template, question, options).text.includes(probe.function.name);
  } catch (cause) {
    if (cause instanceof InputError) return false;
    throw cause;
  }
}

/** Whether the tokenizer's chat template has a place for tools; where it has none, they are written into plain messages. */
export function hasPlaceForTools(tokenizer: Tokenizer): boolean {
  return printsTools(tokenizer, pickTemplate(tokenizer, { tools: [probe] }));
}

/** Renders with the first form of the messages that the template can take. */
function renderInStyles(
  tokenizer: Tokenizer,
  template: Template,
  messages: readonly Message[],
  options: RenderOptions,
): Rendered {
  const now = options.now ?? new Date();
  const calls = hasCalls(messages);
  const failures: unknown[] = [];
  for (const style of messageStyles(messages)) {
    try {
      const rendered = template.render(templateVariables(tokenizer, messages, { options, style }), now);
      // So the Jinja library prints an object that the template joined to text.
      if (calls && rendered.text.includes('[object Map]')) throw new Error('it cannot print tool arguments');
      if (!options.allowOmissions) refuseOmissions(rendered.text, messages, options.tools);
      return rendered;
    } catch (cause) {
      failures.push(cause);
    }
  }
  const [cause] = failures;
  if (cause instanceof InputError) throw cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new InputError(
    `Cannot render the messages: the chat template failed (${reason}); check the messages`,
    {
      cause,
    },
  );
}

function templateVariables(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  how: { readonly options: RenderOptions; readonly style: MessageStyle },
): Record<string, unknown> {
  const { options, style } = how;
  return {
    ...tokenizer.templateVariables,
    tools: options.tools && options.tools.length > 0 ? options.tools : null,
    documents: null,
    add_generation_prompt: options.addGenerationPrompt ?? false,
    ...options.variables,
    messages: messages.map((message) => templateMessage(message, style)),
  };
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

function refuseSpecialText(tokenizer: Tokenizer, messages: readonly Message[], options: RenderOptions): void {
  for (const [i, message] of messages.entries()) {
    const what = `message ${i + 1} (${message.role})`;
    for (const text of stringsIn(message)) tokenizer.refuseSpecialText(text, what);
  }
  for (const text of stringsIn(options.tools)) tokenizer.refuseSpecialText(text, 'the tools');
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
