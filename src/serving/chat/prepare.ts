// A request made ready: its prompt's ids, how calls are written, and what its answers are held to.
import { ContextLengthError, fingerprint } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import {
  type AnswerForm,
  constrain,
  constrainByGrammar,
  formGrammar,
  type GrammarConstraint,
} from '../constraints/index.ts';
import { checkRequest } from './check-request.ts';
import { encodeMessages } from './encode-prompt.ts';
import { templateMessages } from './messages.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest, Tool } from './text-request.ts';
import { toolGrammar } from './tool-grammar.ts';
import { type ToolSyntax, toolSyntax } from './tool-syntax.ts';

/** What all answers of a request have in common. */
export type Prepared = {
  readonly prompt: readonly number[];
  readonly maxNewTokens: number;
  /** Absent where the model may not call anything. */
  readonly tools?: { readonly syntax: ToolSyntax; readonly names: readonly string[] };
  /** A new constraint for each answer and for each of its readers; absent where any text will do. */
  readonly constrain?: () => GrammarConstraint;
};

/** @throws InputError for what cannot be honoured, ContextLengthError for a prompt that is too long */
export async function prepare(model: TextModel, request: TextRequest): Promise<Prepared> {
  checkRequest(model, request);
  const { prompt } = request;
  const tools = 'messages' in prompt && request.toolChoice !== 'none' ? (prompt.tools ?? []) : [];
  const syntax = tools.length > 0 ? toolSyntax(model.tokenizer) : undefined;
  const constraint = constraintOf(model, request, syntax && { syntax, tools });
  // Begun once, so that a form that cannot be enforced is refused before anything is written
  constraint?.();
  const ids = await encodePrompt(model.tokenizer, request, tools);
  return {
    prompt: ids,
    maxNewTokens: roomFor(model, request, ids.length),
    ...(syntax && { tools: { syntax, names: tools.map((tool) => tool.function.name) } }),
    ...(constraint && { constrain: constraint }),
  };
}

async function encodePrompt(
  tokenizer: Tokenizer,
  { prompt }: TextRequest,
  tools: readonly Tool[],
): Promise<readonly number[]> {
  if ('ids' in prompt) return prompt.ids;
  if ('text' in prompt) return await tokenizer.encodeIds(prompt.text);
  const messages = templateMessages(prompt.messages);
  const variables = prompt.templateVariables;
  return await encodeMessages(tokenizer, messages, { tools, ...(variables && { variables }) });
}

function roomFor(model: TextModel, { maxNewTokens }: TextRequest, promptTokens: number): number {
  const room = model.maxLength - promptTokens;
  const newTokens = maxNewTokens ?? 1;
  if (room < newTokens) throw new ContextLengthError({ promptTokens, newTokens, maxLength: model.maxLength });
  return maxNewTokens ?? room;
}

function constraintOf(
  model: TextModel,
  request: TextRequest,
  calls: { readonly syntax: ToolSyntax; readonly tools: readonly Tool[] } | undefined,
): (() => GrammarConstraint) | undefined {
  const { responseFormat = { type: 'text' }, toolChoice = 'auto', parallelToolCalls = true } = request;
  const form: AnswerForm | undefined = responseFormat.type === 'text' ? undefined : responseFormat;
  if (calls === undefined) return form && (() => constrain(model, form));
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  const tools =
    typeof toolChoice === 'object'
      ? calls.tools.filter((tool) => tool.function.name === toolChoice.name)
      : calls.tools;
  const isParallel = parallelToolCalls && typeof toolChoice !== 'object';
  const answer = {
    syntax: calls.syntax,
    tools,
    isForced,
    isParallel,
    ...(form && !isForced && { form: formGrammar(form) }),
  };
  const grammar = toolGrammar(model.tokenizer, answer);
  if (grammar === undefined) return undefined;
  const key = fingerprint({ kind: calls.syntax.kind, tools, isForced, isParallel, form: form ?? null });
  return () => constrainByGrammar(model, key, () => grammar);
}
