// How tracing libraries name what MLflow shows of a span: attribute names of ten conventions, in the order in which they are asked.
import type { SpanEvent } from '../entities.ts';
import { pythonJson, tryParseJson } from '../json-text.ts';

/** JSON texts by key, as a span holds them. */
type Attributes = Readonly<Record<string, string>>;
type Key = string | RegExp;

/** One convention. Keys are asked in order; the first with a value that is not empty counts. */
export type Convention = {
  readonly kinds?: { readonly keys: readonly string[]; readonly types: Readonly<Record<string, string>> };
  /** The type, where a table does not tell it. */
  readonly typeOf?: (attributes: Attributes) => string | undefined;
  readonly inputs?: readonly Key[];
  readonly outputs?: readonly Key[];
  /** Inputs or outputs put together from several attributes. */
  readonly collected?: (attributes: Attributes, side: 'inputs' | 'outputs') => string | undefined;
  /** Inputs or outputs told by events. */
  readonly events?: (events: readonly SpanEvent[], side: 'inputs' | 'outputs') => string | undefined;
  readonly tokens?: Readonly<Record<'input' | 'output' | 'total', readonly string[]>>;
  readonly models?: readonly string[];
  readonly providers?: readonly string[];
  readonly tools?: readonly string[];
  /** The name of the layout of its messages, where one of these attributes (or of this prefix) is there. */
  readonly format?: { readonly name: string; readonly keys: readonly string[]; readonly prefix?: string };
};

const genAiTokens = {
  input: ['gen_ai.usage.input_tokens'],
  output: ['gen_ai.usage.output_tokens'],
  total: [],
} as const;

const openInference: Convention = {
  kinds: {
    keys: ['openinference.span.kind'],
    types: same('TOOL CHAIN LLM RETRIEVER EMBEDDING AGENT RERANKER UNKNOWN GUARDRAIL EVALUATOR'),
  },
  inputs: ['input.value'],
  outputs: ['output.value'],
  tokens: {
    input: ['llm.token_count.prompt'],
    output: ['llm.token_count.completion'],
    total: ['llm.token_count.total'],
  },
  models: ['llm.model_name', 'embedding.model_name'],
  providers: ['llm.provider'],
};

/** The semantic conventions of OpenTelemetry itself. */
const genAiTypes = {
  chat: 'CHAT_MODEL',
  create_agent: 'AGENT',
  embeddings: 'EMBEDDING',
  execute_tool: 'TOOL',
  generate_content: 'LLM',
  invoke_agent: 'AGENT',
  text_completion: 'LLM',
  response: 'LLM',
};

const genAi: Convention = {
  kinds: { keys: ['gen_ai.operation.name'], types: genAiTypes },
  inputs: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments'],
  outputs: ['gen_ai.output.messages', 'gen_ai.tool.call.result'],
  tokens: genAiTokens,
  models: ['gen_ai.response.model', 'gen_ai.request.model'],
  providers: ['gen_ai.provider.name'],
  tools: ['gen_ai.tool.definitions'],
};

const springAi: Convention = {
  events: (events, side) =>
    side === 'inputs'
      ? eventValue(events, 'gen_ai.content.prompt', 'gen_ai.prompt')
      : eventValue(events, 'gen_ai.content.completion', 'gen_ai.completion'),
};

const traceloop: Convention = {
  kinds: {
    keys: ['traceloop.span.kind'],
    types: { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL', unknown: 'UNKNOWN' },
  },
  inputs: [
    'traceloop.entity.input',
    /^gen_ai\.prompt\.\d+\.content/,
    /^gen_ai\.completion\.\d+\.tool_calls\.\d+\.arguments/,
  ],
  outputs: ['traceloop.entity.output', /^gen_ai\.completion\.\d+\.content/],
  tokens: {
    input: ['gen_ai.usage.prompt_tokens'],
    output: ['gen_ai.usage.completion_tokens'],
    total: ['llm.usage.total_tokens'],
  },
  providers: ['gen_ai.system'],
};

const googleAdk: Convention = {
  inputs: ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.tool_call_args'],
  outputs: ['gcp.vertex.agent.llm_response', 'gcp.vertex.agent.tool_response'],
};

const vercelTexts = ['ai.generateText', 'ai.streamText', 'ai.generateObject', 'ai.streamObject'];

const vercelAi: Convention = {
  kinds: {
    keys: ['ai.operationId'],
    types: {
      ...Object.fromEntries(vercelTexts.map((name) => [name, 'LLM'])),
      'ai.generateText.doGenerate': 'LLM',
      'ai.streamText.doStream': 'LLM',
      'ai.generateObject.doGenerate': 'LLM',
      'ai.streamObject.doStream': 'LLM',
      'ai.toolCall': 'TOOL',
      'ai.embed': 'EMBEDDING',
      'ai.embed.doEmbed': 'EMBEDDING',
      'ai.embedMany': 'EMBEDDING',
    },
  },
  inputs: ['ai.prompt', 'ai.toolCall.args', 'ai.value', 'ai.values'],
  outputs: ['ai.response.text', 'ai.toolCall.result', 'ai.response.object', 'ai.embedding', 'ai.embeddings'],
  collected: (attributes, side) =>
    isVercelChat(attributes)
      ? collect(attributes, side === 'inputs' ? 'ai.prompt.' : 'ai.response.')
      : undefined,
  format: { name: 'vercel_ai', keys: ['ai.prompt.messages'] },
};

const voltAgent: Convention = {
  kinds: {
    keys: ['span.type', 'entity.type'],
    types: { agent: 'AGENT', llm: 'LLM', tool: 'TOOL', memory: 'MEMORY' },
  },
  inputs: ['agent.messages', 'llm.messages', 'input'],
  outputs: ['output'],
  tokens: {
    input: ['usage.prompt_tokens', 'llm.usage.prompt_tokens'],
    output: ['usage.completion_tokens', 'llm.usage.completion_tokens'],
    total: ['usage.total_tokens', 'llm.usage.total_tokens'],
  },
  format: { name: 'voltagent', keys: ['voltagent.operation_id', 'voltagent.conversation_id'] },
};

const liveKit: Convention = {
  typeOf: liveKitType,
  inputs: ['lk.user_input', 'lk.user_transcript', 'lk.chat_ctx', 'lk.input_text'],
  outputs: ['lk.response.text', 'lk.response.function_calls'],
  events: (events, side) =>
    side === 'inputs'
      ? eventMessages(events, ['system', 'user', 'assistant'])
      : eventMessages(events, ['choice']),
  format: { name: 'livekit', keys: [], prefix: 'lk.' },
};

const laminar: Convention = {
  kinds: {
    keys: ['lmnr.span.type'],
    types: {
      ...same('LLM TOOL EVALUATOR'),
      DEFAULT: 'CHAIN',
      PIPELINE: 'CHAIN',
      EXECUTOR: 'AGENT',
      HUMAN_EVALUATOR: 'EVALUATOR',
      EVALUATION: 'EVALUATOR',
      CACHED: 'LLM',
    },
  },
  inputs: ['lmnr.span.input'],
  outputs: ['lmnr.span.output'],
  tokens: genAiTokens,
  models: ['gen_ai.response.model', 'gen_ai.request.model'],
  providers: ['gen_ai.system'],
  format: { name: 'openai', keys: ['lmnr.span.type'] },
};

const langfuse: Convention = {
  kinds: {
    keys: ['langfuse.observation.type'],
    types: {
      generation: 'LLM',
      embedding: 'EMBEDDING',
      tool: 'TOOL',
      retriever: 'RETRIEVER',
      agent: 'AGENT',
      chain: 'CHAIN',
      evaluator: 'EVALUATOR',
      guardrail: 'GUARDRAIL',
      span: 'UNKNOWN',
    },
  },
  inputs: ['langfuse.observation.input'],
  outputs: ['langfuse.observation.output'],
};

/** In the order in which they are asked. */
export const conventions: readonly Convention[] = [
  openInference,
  genAi,
  springAi,
  traceloop,
  googleAdk,
  vercelAi,
  voltAgent,
  liveKit,
  laminar,
  langfuse,
];

function same(names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]));
}

function liveKitType(attributes: Attributes): string | undefined {
  const keys = Object.keys(attributes);
  if (!keys.some((key) => key.startsWith('lk.'))) return undefined;
  if ('gen_ai.request.model' in attributes || 'lk.retry_count' in attributes) return 'LLM';
  if (keys.some((key) => key.startsWith('lk.function_tool'))) return 'TOOL';
  return ['lk.agent_name', 'lk.instructions', 'lk.generation_id'].some((key) => key in attributes)
    ? 'AGENT'
    : undefined;
}

function isVercelChat(attributes: Attributes): boolean {
  const operation = tryParseJson(attributes['ai.operationId'] ?? '');
  return operation === 'ai.generateText.doGenerate' || operation === 'ai.streamText.doStream';
}

/** What stands under a prefix, as one JSON object. */
function collect(attributes: Attributes, prefix: string): string | undefined {
  const found = Object.entries(attributes)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, json]) => [key.slice(prefix.length), unwrapped(json)] as const);
  return found.length === 0 ? undefined : pythonJson(Object.fromEntries(found));
}

/** The value of a JSON text; of one that holds JSON as a text, what that holds. */
function unwrapped(json: string) {
  const value = tryParseJson(json);
  return (typeof value === 'string' ? tryParseJson(value) : value) ?? value ?? null;
}

function eventValue(events: readonly SpanEvent[], name: string, key: string): string | undefined {
  return events.find((event) => event.name === name && key in event.attributes)?.attributes[key];
}

/** The messages that events `gen_ai.ROLE.message` and `gen_ai.choice` carry. */
function eventMessages(events: readonly SpanEvent[], roles: readonly string[]): string | undefined {
  const messages = events.flatMap(({ name, attributes }) => {
    const role = roles.find((one) => name === (one === 'choice' ? 'gen_ai.choice' : `gen_ai.${one}.message`));
    const content = attributes.content;
    if (role === undefined || content === undefined) return [];
    const speaker = role === 'choice' ? unwrapped(attributes.role ?? '"assistant"') : role;
    return [{ role: speaker, content: unwrapped(content) }];
  });
  return messages.length === 0 ? undefined : pythonJson(messages);
}
