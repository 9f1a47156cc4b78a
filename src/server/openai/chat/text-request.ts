// From a chat request to what the model is asked.
import type { ServiceRequest } from '../../../app/index.ts';
import type { ChatMessage, ResponseFormat, Tool, ToolChoice } from '../../../serving/index.ts';
import { commonPart } from '../text/common-request.ts';
import type { ChatRequest } from './chat-request.ts';

export function textRequestOf(request: ChatRequest): ServiceRequest {
  const tools = toolsOf(request);
  const toolChoice = toolChoiceOf(request);
  const maxNewTokens = request.max_completion_tokens ?? request.max_tokens;
  const { chat_template_kwargs: templateVariables, response_format: format } = request;
  return {
    prompt: {
      messages: request.messages.map(messageOf),
      ...(tools.length > 0 && { tools }),
      ...(templateVariables != null && { templateVariables }),
    },
    ...commonPart(request),
    ...(toolChoice !== undefined && { toolChoice }),
    // The older form has room for one.
    parallelToolCalls: request.functions == null && (request.parallel_tool_calls ?? true),
    ...(format != null && { responseFormat: formatOf(format) }),
    ...(maxNewTokens != null && { maxNewTokens }),
    ...(request.logprobs === true && { alternatives: request.top_logprobs ?? 0 }),
  };
}

function messageOf(message: ChatRequest['messages'][number]): ChatMessage {
  const { role, content, name, tool_call_id, tool_calls, function_call } = message;
  return {
    role,
    ...{ name, tool_call_id, function_call },
    content: typeof content === 'object' ? (content?.map(partOf) ?? null) : (content ?? null),
    ...(tool_calls != null && {
      tool_calls: tool_calls.map(({ id, ...call }) => ({ ...call, ...(id !== undefined && { id }) })),
    }),
  };
}

type Part = {
  readonly type: string;
  readonly text?: string | undefined;
  readonly refusal?: string | undefined;
};

function partOf({ type, text, refusal }: Part) {
  return { type, ...(text !== undefined && { text }), ...(refusal !== undefined && { refusal }) };
}

function toolsOf({ tools, functions }: ChatRequest): readonly Tool[] {
  return tools ?? functions?.map((one) => ({ type: 'function', function: one })) ?? [];
}

function toolChoiceOf({ tool_choice: choice, function_call: older }: ChatRequest): ToolChoice | undefined {
  const chosen = choice ?? older ?? undefined;
  if (typeof chosen !== 'object') return chosen;
  return { name: 'name' in chosen ? chosen.name : chosen.function.name };
}

function formatOf(format: NonNullable<ChatRequest['response_format']>): ResponseFormat {
  if (format.type !== 'json_schema') return format;
  const { schema } = format.json_schema;
  return schema === undefined ? { type: 'json_object' } : { type: 'json_schema', schema };
}
