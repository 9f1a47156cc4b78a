// The keys under which MLflow keeps what it knows of a trace: its tags, metadata and span attributes.

export const traceTags = {
  name: 'mlflow.traceName',
  spansLocation: 'mlflow.trace.spansLocation',
  artifactLocation: 'mlflow.artifactLocation',
} as const;

/** The value of the tag {@link traceTags}.spansLocation of a trace whose spans are in the database. */
export const spansInDatabase = 'TRACKING_STORE';

export const traceMetadata = {
  /** The run within which the trace was made. */
  sourceRun: 'mlflow.sourceRun',
  session: 'mlflow.trace.session',
  sizeStats: 'mlflow.trace.sizeStats',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  /** There on every trace that a client of MLflow recorded. */
  schemaVersion: 'mlflow.trace_schema.version',
} as const;

export const spanAttributes = {
  traceId: 'mlflow.traceRequestId',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  type: 'mlflow.spanType',
  chatTools: 'mlflow.chat.tools',
  tokenUsage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  messageFormat: 'mlflow.message.format',
  session: 'session.id',
} as const;

/** The keys of token usage, also names of metrics. */
export const tokenKeys = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const;

/** The keys of a cost in US dollars, also names of metrics. */
export const costKeys = ['input_cost', 'output_cost', 'total_cost'] as const;
