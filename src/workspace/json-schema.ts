// The JSON Schema of a configuration file, for editors that complete and check YAML.
import { z } from 'zod';

/** A JSON Schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const interpolation = { type: 'string', pattern: '\\$\\{.+\\}' } as const;

const defaultsList = {
  description: 'Files that this one is based on: _self_, a file, or {group: option}',
  type: 'array',
  items: { type: ['string', 'object'] },
} as const;

/**
 * JSON Schema (draft 7, which editors know best) of what a user may write: unknown keys are faults, numbers and booleans may also be
 * `${...}`, and the file may begin with a `defaults` list.
 */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const written = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: node }) => {
      if (node.properties !== undefined) node.additionalProperties ??= false;
      const { type, description, default: preset, ...rules } = node;
      if (type !== 'number' && type !== 'integer' && type !== 'boolean') return;
      for (const rule of Object.keys(rules)) delete node[rule];
      delete node.type;
      node.anyOf = [{ type, ...rules }, interpolation];
    },
  });
  const properties =
    written.properties === undefined ? undefined : { defaults: defaultsList, ...written.properties };
  return properties === undefined ? written : { ...written, properties };
}
