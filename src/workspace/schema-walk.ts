// Walks a zod schema beside a value: which keys of the value does the schema not know, whatever its objects do with such keys.
import type { z } from 'zod';
import type { KeyPath } from './tree.ts';

/** A key that the schema does not know, and those that it knows in that place. */
export type UnknownKey = { readonly path: KeyPath; readonly known: readonly string[] };

type Schema = z.core.$ZodType;
type Definition = z.core.$ZodTypes['_zod']['def'];
type Definitions = { [K in Definition['type']]: Extract<Definition, { type: K }> };

/** All unknown keys of a value. Objects with a catchall (`z.looseObject`) know every key; a union is judged by its fitting option. */
export function unknownKeys(schema: Schema, value: unknown, path: KeyPath = []): readonly UnknownKey[] {
  const def = definition(schema);
  switch (def.type) {
    case 'object':
      return isRecord(value) ? ofObject(def, value, path) : [];
    case 'record':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, member]) => unknownKeys(def.valueType, member, [...path, key]))
        : [];
    case 'array':
      return ofItems(value, () => def.element, path);
    case 'tuple':
      return ofItems(value, (i) => def.items[i] ?? def.rest ?? undefined, path);
    case 'union':
      return ofUnion(def, value, path);
    case 'intersection':
      return ofIntersection(def, value, path);
    default: {
      const inner = innerSchema(def);
      return inner === undefined ? [] : unknownKeys(inner, value, path);
    }
  }
}

function ofObject(
  def: Definitions['object'],
  value: Readonly<Record<string, unknown>>,
  path: KeyPath,
): readonly UnknownKey[] {
  const known = Object.keys(def.shape);
  const rest = def.catchall;
  const closed = rest === undefined || definition(rest).type === 'never';
  return Object.entries(value).flatMap(([key, member]) => {
    const schema = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    if (schema === undefined && closed) return [{ path: [...path, key], known }];
    const inner = schema ?? rest;
    return inner === undefined ? [] : unknownKeys(inner, member, [...path, key]);
  });
}

function ofItems(
  value: unknown,
  schemaOf: (index: number) => Schema | undefined,
  path: KeyPath,
): readonly UnknownKey[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, i) => {
    const schema = schemaOf(i);
    return schema === undefined ? [] : unknownKeys(schema, item, [...path, String(i)]);
  });
}

function ofUnion(def: Definitions['union'], value: unknown, path: KeyPath): readonly UnknownKey[] {
  if ('discriminator' in def && typeof def.discriminator === 'string') {
    const { discriminator } = def;
    const tag = isRecord(value) ? value[discriminator] : undefined;
    const option = def.options.find((candidate) =>
      candidate._zod.propValues?.[discriminator]?.has(tag as z.core.util.Primitive),
    );
    return option === undefined ? [] : unknownKeys(option, value, path);
  }
  const found = def.options
    .filter((option) => isContainerOf(option, value))
    .map((option) => unknownKeys(option, value, path));
  return found.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function ofIntersection(
  def: Definitions['intersection'],
  value: unknown,
  path: KeyPath,
): readonly UnknownKey[] {
  const right = new Map(unknownKeys(def.right, value, path).map((fault) => [fault.path.join('\0'), fault]));
  return unknownKeys(def.left, value, path).flatMap((fault) => {
    const other = right.get(fault.path.join('\0'));
    return other === undefined
      ? []
      : [{ path: fault.path, known: [...new Set([...fault.known, ...other.known])] }];
  });
}

/** Whether an option of a union speaks of values of this shape at all. */
function isContainerOf(schema: Schema, value: unknown): boolean {
  const def = definition(schema);
  const inner = innerSchema(def);
  if (inner !== undefined) return isContainerOf(inner, value);
  if (Array.isArray(value)) return ['array', 'tuple', 'union'].includes(def.type);
  return isRecord(value) && ['object', 'record', 'union', 'intersection'].includes(def.type);
}

/** What optional, default and the like wrap. */
function innerSchema(def: Definition): Schema | undefined {
  if (def.type === 'pipe') return def.in;
  if (def.type === 'lazy') return def.getter();
  return 'innerType' in def ? def.innerType : undefined;
}

function definition(schema: Schema): Definition {
  // As zod documents: $ZodTypes is the union of all schema classes, told apart by def.type.
  return (schema as z.core.$ZodTypes)._zod.def;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
