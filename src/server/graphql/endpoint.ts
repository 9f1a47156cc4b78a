// GET and POST /graphql: runs a query. The library for it is loaded by the first request, not by the server's start.
import { InputError } from '../../core/index.ts';
import { type Call, rawEndpoint } from '../mlflow/endpoint.ts';
import { readJsonBody } from '../mlflow/read-body.ts';
import type { GraphqlRequest } from './execute.ts';

export const graphqlEndpoint = rawEndpoint({
  route: ['GET /graphql', 'POST /graphql'],
  async handle(call) {
    const request = await readRequest(call);
    const { execute } = await import('./execute.ts');
    const { status, ...result } = await execute(request, call);
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(`${JSON.stringify(result)}\n`),
    };
  },
});

/** A query comes in the body, or in the parameters of a GET. */
async function readRequest(call: Call): Promise<GraphqlRequest> {
  const { query, variables, operationName } =
    call.query.query === undefined ? await readJsonBody(call.http, call.bodyLimit) : call.query;
  if (typeof query !== 'string')
    throw new InputError(
      `Cannot read the request: its 'query' is ${describe(query)}; send a GraphQL document`,
    );
  return { query, variables: readVariables(variables), operationName: readName(operationName) };
}

function readVariables(given: unknown): GraphqlRequest['variables'] {
  const variables = typeof given === 'string' ? parse(given) : given;
  if (variables === undefined || variables === null) return {};
  if (isVariables(variables)) return variables;
  throw new InputError(`Cannot read the request: its 'variables' are ${describe(variables)}; send an object`);
}

function isVariables(json: unknown): json is GraphqlRequest['variables'] {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function readName(name: unknown): string | undefined {
  if (name === undefined || name === null) return undefined;
  if (typeof name === 'string') return name;
  throw new InputError(`Cannot read the request: its 'operationName' is ${describe(name)}; send a text`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError("Cannot read the request: its 'variables' are no JSON; send an object");
  }
}

function describe(json: unknown): string {
  if (json === undefined || json === null) return 'missing';
  return Array.isArray(json) ? 'a list' : `of type ${typeof json}`;
}
