// The body of a chat request, as OpenAI documents it.
import { z } from 'zod';
import { ParameterError } from '../../http/parse.ts';
import { checkStreamOptions, commonFields } from '../text/common-request.ts';

const part = z
  .looseObject({ type: z.string(), text: z.string().optional(), refusal: z.string().optional() })
  .superRefine(({ type, text, refusal }, context) => {
    if (type === 'text' ? text !== undefined : type === 'refusal' && refusal !== undefined) return;
    const message = "this model reads text alone; send parts of type 'text' with their text";
    context.addIssue({ code: 'custom', path: ['type'], message });
  });

const call = z.object({ name: z.string(), arguments: z.string() });

const message = z.object({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(part).min(1)]).nullish(),
  name: z.string().optional(),
  tool_calls: z
    .array(
      z.object({
        id: z.string().optional(),
        type: z.literal('function').default('function'),
        function: call,
      }),
    )
    .nullish(),
  tool_call_id: z.string().optional(),
  function_call: call.nullish(),
});

const schema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

const definition = z.object({
  name: z.string().min(1).max(64),
  description: z.string().optional(),
  parameters: schema.optional(),
  strict: z.boolean().nullish(),
});

const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
  ],
  { error: "give 'none', 'auto', 'required' or {type: 'function', function: {name}}" },
);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/),
      schema: schema.optional(),
    }),
  }),
]);

export const chatRequest = z.looseObject({
  ...commonFields,
  messages: z.array(message).min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  response_format: responseFormat.nullish(),
  tools: z
    .array(z.object({ type: z.literal('function'), function: definition }))
    .max(128)
    .nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(definition).max(128).nullish(),
  function_call: z.union([z.enum(['none', 'auto']), z.object({ name: z.string() })]).nullish(),
  modalities: z.array(z.string()).nullish(),
  /** Not OpenAI's: further variables of the model's chat template. */
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;

/** What would be silently wrong if it were passed over. */
const notOffered = ['audio', 'prediction', 'web_search_options', 'moderation'] as const;

/** @throws ParameterError for what contradicts itself and what is not offered */
export function checkChat(request: ChatRequest): void {
  for (const name of notOffered)
    if (request[name] != null) throw refused(name, 'is not offered here; leave it out');
  if (request.modalities?.some((one) => one !== 'text'))
    throw refused('modalities', "holds more than 'text', which is all that this model writes");
  if (request.max_tokens != null && request.max_completion_tokens != null)
    throw refused('max_tokens', "is given beside 'max_completion_tokens'; give the latter alone");
  if (request.top_logprobs != null && request.logprobs !== true)
    throw refused('top_logprobs', "needs 'logprobs' to be true");
  if (request.tools != null && (request.functions != null || request.function_call != null))
    throw refused('functions', "is the older form of 'tools' and given beside it; give 'tools' alone");
  if (request.tool_choice != null && request.tool_choice !== 'none' && (request.tools ?? []).length === 0)
    throw refused('tool_choice', "is only allowed when 'tools' are specified");
  if (
    request.function_call != null &&
    request.function_call !== 'none' &&
    (request.functions ?? []).length === 0
  )
    throw refused('function_call', "is only allowed when 'functions' are specified");
  checkStreamOptions(request);
}

function refused(param: string, why: string): ParameterError {
  return new ParameterError(param, `Invalid value for '${param}': it ${why}`);
}
