// How a model writes calls of functions: found out by letting its chat template print one.
import { InputError } from '../../core/index.ts';
import { hasPlaceForTools, type Message, renderChat, type Tokenizer } from '../../text/index.ts';

/**
 * - `hermes`: `<tool_call>{"name": …, "arguments": …}</tool_call>` (Hermes, Qwen)
 * - `mistral`: `[TOOL_CALLS][{"name": …, "arguments": …}]`
 * - `llama`: the whole answer is `{"name": …, "parameters": …}` (Llama 3)
 */
export type ToolSyntax = {
  readonly kind: 'hermes' | 'mistral' | 'llama';
  /** What begins calls; none where a call is the whole answer. */
  readonly open: string | undefined;
  readonly close: string;
  /** Name of the member that holds the arguments. */
  readonly argumentsKey: 'arguments' | 'parameters';
};

export const hermes: ToolSyntax = {
  kind: 'hermes',
  open: '<tool_call>',
  close: '</tool_call>',
  argumentsKey: 'arguments',
};
export const mistral: ToolSyntax = {
  kind: 'mistral',
  open: '[TOOL_CALLS]',
  close: ']',
  argumentsKey: 'arguments',
};
export const llama: ToolSyntax = {
  kind: 'llama',
  open: undefined,
  close: '',
  argumentsKey: 'parameters',
};

const probeName = 'probe_function';

const probeTool = {
  type: 'function',
  function: {
    name: probeName,
    description: 'Probes',
    parameters: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
  },
};

const question: Message = { role: 'user', content: 'Question' };
const call: Message = {
  role: 'assistant',
  content: null,
  tool_calls: [
    { id: 'abcdefghi', type: 'function', function: { name: probeName, arguments: { key: 'value' } } },
  ],
};

const known = new WeakMap<Tokenizer, ToolSyntax>();

/** @throws InputError for a template whose calls have another form */
export function toolSyntax(tokenizer: Tokenizer): ToolSyntax {
  const found = known.get(tokenizer) ?? detect(tokenizer);
  known.set(tokenizer, found);
  return found;
}

function detect(tokenizer: Tokenizer): ToolSyntax {
  // Calls are then written into plain messages, in Hermes' form
  if (!hasPlaceForTools(tokenizer)) return hermes;
  const before = render(tokenizer, [question]) ?? '';
  const whole = render(tokenizer, [question, call]) ?? '';
  const said = whole.slice(commonLength(before, whole));
  if (/<tool_call>\s*\{\s*"name"/.test(said)) return hermes;
  if (/\[TOOL_CALLS\]\s*\[\s*\{\s*"name"/.test(said)) return mistral;
  if (/\{\s*"name"\s*:\s*"probe_function"\s*,\s*"parameters"\s*:/.test(said)) return llama;
  throw new InputError(
    "Cannot call functions with this model: its chat template writes calls in a form that is not known here; use 'tool_choice': 'none', " +
      'or a model with the calls of Hermes, Qwen 2.5, Mistral or Llama 3',
  );
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function render(tokenizer: Tokenizer, messages: readonly Message[]): string | undefined {
  try {
    return renderChat(tokenizer, messages, { tools: [probeTool], allowOmissions: true });
  } catch (cause) {
    if (cause instanceof InputError) return undefined;
    throw cause;
  }
}
