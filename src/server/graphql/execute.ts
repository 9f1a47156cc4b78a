// Runs one GraphQL request: parses, limits, validates and executes it.
import {
  type DocumentNode,
  type ExecutionResult,
  execute as executeDocument,
  GraphQLError,
  parse,
  validate,
} from 'graphql';
import type { Call } from '../mlflow/endpoint.ts';
import { errorAnswer } from '../mlflow/errors.ts';
import { excess, isTooNested } from './limits.ts';
import { resolveField } from './resolve-field.ts';
import { rootFields } from './root-fields.ts';
import { schema } from './schema.ts';

export type GraphqlRequest = {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Which of several operations. */
  readonly operationName: string | undefined;
};

/** MLflow's answer: the errors are their texts alone. */
export type GraphqlAnswer = {
  /** 400 for a document that is none. */
  readonly status: 200 | 400;
  readonly data: ExecutionResult['data'];
  readonly errors: readonly string[] | null;
};

/** Words and signs of a document: some forty times what MLflow's longest has. */
const tokenLimit = 5000;
const lengthLimit = 200_000;

/** Runs a query. What the endpoints refuse is said among the errors; @throws what the server is to blame for */
export async function execute(
  { query, variables, operationName }: GraphqlRequest,
  call: Call,
): Promise<GraphqlAnswer> {
  const document = parseDocument(query);
  if (document instanceof GraphQLError) return { ...refusal([document.message]), status: 400 };
  const tooMuch = excess(document);
  if (tooMuch !== undefined) return refusal([tooMuch]);
  const errors = validate(schema, document);
  if (errors.length > 0) return refusal(errors.map(({ message }) => message));
  const result = await executeDocument({
    schema,
    document,
    rootValue: rootFields(call),
    variableValues: variables,
    operationName,
    fieldResolver: resolveField,
  });
  return toAnswer(result);
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  if (isTooNested(query))
    return new GraphQLError('Syntax Error: Document is nested too deeply to be parsed.');
  try {
    return parse(query, {
      maxLexicalTokens: tokenLimit,
      maxComments: tokenLimit,
      maxSourceLength: lengthLimit,
      noLocation: true,
    });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function refusal(errors: readonly string[]): GraphqlAnswer {
  return { status: 200, data: null, errors };
}

function toAnswer({ data, errors = [] }: ExecutionResult): GraphqlAnswer {
  for (const { originalError } of errors) if (isFault(originalError)) throw originalError;
  return {
    status: 200,
    data: data ?? null,
    errors: errors.length === 0 ? null : errors.map(({ message }) => message),
  };
}

/** What the library itself refuses is a mistake of the query. */
function isFault(error: Error | undefined): boolean {
  return error !== undefined && !(error instanceof GraphQLError) && errorAnswer(error, '').isFault;
}
