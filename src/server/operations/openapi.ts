// The server's description of itself, as OpenAPI 3.1, from the schemas that its endpoints check by.
import { z } from 'zod';
import type { Route } from '../http/call.ts';
import type { Documentation, Face, FaceRoute } from '../http/face.ts';

type Json = Readonly<Record<string, unknown>>;

/** The document of all faces; routes without documentation are named, with their path's values. */
export function openApiDocument(faces: readonly Face[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const named = namer();
  for (const face of faces) {
    for (const row of face.routes) {
      const [verb = '', path = ''] = row.route.split(' ');
      const at = path.replace(/\{(\w+)\*\}/g, '{$1}');
      paths[at] ??= {};
      paths[at][verb.toLowerCase()] ??= { operationId: named(row.route), ...operation(face.name, row) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Hone', version },
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: "An API key of 'hone keys create'" },
      },
    },
  };
}

/** Names such as `postV1ChatCompletions`; a second route that would have the same gets a number. */
function namer(): (route: Route) => string {
  const taken = new Map<string, number>();
  return (route) => {
    const words = route.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
    const [verb = '', ...rest] = words;
    const name =
      verb.toLowerCase() + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name}${count}`;
  };
}

function operation(tag: string, { route, scope, documentation }: FaceRoute): Json {
  return {
    tags: [tag],
    ...(documentation && { summary: documentation.summary }),
    parameters: [...pathParameters(route), ...queryParameters(documentation)],
    ...bodyOf(documentation),
    responses: {
      200: {
        description: 'Done',
        ...(documentation?.response && content(documentation.response, 'output')),
      },
      default: { description: "An error, in its protocol's form" },
    },
    security: scope === null ? [] : [{ key: [] }],
    ...(scope !== null && { 'x-scope': scope }),
  };
}

function pathParameters(route: Route): Json[] {
  return [...route.matchAll(/\{(\w+)(\*?)\}/g)].map(([, name, rest]) => ({
    ...{ name, in: 'path', required: true },
    ...(rest !== '' && { description: 'May hold slashes' }),
    schema: { type: 'string' },
  }));
}

function queryParameters(documentation: Documentation | undefined): Json[] {
  if (documentation?.query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(documentation.query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', schema },
    required: required.includes(name),
  }));
}

function bodyOf(documentation: Documentation | undefined): Json {
  if (documentation?.form !== undefined)
    return {
      requestBody: { required: true, ...content(documentation.form, 'input', 'multipart/form-data') },
    };
  return documentation?.body === undefined
    ? {}
    : { requestBody: { required: true, ...content(documentation.body, 'input') } };
}

function content(schema: z.ZodType, io: 'input' | 'output', type = 'application/json'): Json {
  return { content: { [type]: { schema: schemaOf(schema, io) } } };
}

/** What cannot be said in JSON Schema is any value there; the endpoint checks it all the same. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}
