// Reads JSON schemas for enforcement: which keywords there may be, references, limits.
import { InputError } from '../../core/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Where a schema stands in the whole one, as a JSON pointer, and how deeply it is nested. */
export type SchemaPlace = { readonly pointer: string; readonly depth: number };

const annotations = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
]);

/** Keywords of each type, and of those that stand alone. */
export const typeKeywords: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  boolean: [],
  null: [],
};

const alone = ['$ref', 'anyOf', 'allOf', 'enum', 'const'];

const known = new Set([...annotations, 'type', ...alone, ...Object.values(typeKeywords).flat()]);

const mostDepth = 32;

/** Remedies for keywords that people write often. */
const remedies: Readonly<Record<string, string>> = {
  oneOf: 'use anyOf',
  nullable: "use type ['string', 'null'] or the like",
};

/** A schema's fields. @throws InputError for what is no schema, is nested too deeply or holds an unknown keyword */
export function readSchema(schema: unknown, place: SchemaPlace): Fields | true {
  if (schema === true) return true;
  if (schema === false) throw refusal(place, 'the schema false allows nothing', 'remove it');
  if (!isFields(schema)) throw refusal(place, 'it is no schema', 'give an object');
  if (place.depth > mostDepth)
    throw refusal(place, `it is nested more than ${mostDepth} deep`, 'use $ref, or a flatter schema');
  for (const [keyword, value] of Object.entries(schema)) {
    if (value !== undefined && !known.has(keyword) && !keyword.startsWith('x-'))
      throw unsupported(place, keyword);
  }
  const single = alone.find((keyword) => schema[keyword] !== undefined);
  if (single !== undefined) refuseBeside(schema, single, place);
  return schema;
}

/** `$ref`, `anyOf` and their like decide alone: what stands beside them would not be enforced. */
function refuseBeside(schema: Fields, single: string, place: SchemaPlace): void {
  const withType = single === 'enum' || single === 'const';
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || keyword === single || annotations.has(keyword) || keyword.startsWith('x-'))
      continue;
    if (withType && keyword === 'type') continue;
    throw refusal(place, `'${keyword}' beside '${single}' cannot be enforced`, `remove one of the two`);
  }
}

export function unsupported(place: SchemaPlace, keyword: string): InputError {
  return refusal(place, `the keyword '${keyword}' cannot be enforced`, remedies[keyword] ?? 'remove it');
}

export function refusal({ pointer }: SchemaPlace, reason: string, remedy: string): InputError {
  return new InputError(`Cannot hold the answer to the schema: at '#${pointer}' ${reason}; ${remedy}`);
}

/** The types that a schema allows; where it names none, those whose keywords it has. */
export function schemaTypes(schema: Fields, place: SchemaPlace): readonly string[] {
  const { type } = schema;
  if (type === undefined) {
    const implied = Object.entries(typeKeywords).find(([, keywords]) =>
      keywords.some((keyword) => schema[keyword] !== undefined),
    );
    return implied === undefined ? [] : [implied[0]];
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.map((each) => {
    if (typeof each === 'string' && typeKeywords[each] !== undefined) return each;
    throw refusal(
      place,
      `the type ${JSON.stringify(each)} is unknown`,
      `use ${Object.keys(typeKeywords).join(', ')}`,
    );
  });
}

/** The schema that a `$ref` names, with its pointer. */
export function resolveReference(
  whole: unknown,
  reference: unknown,
  place: SchemaPlace,
): { readonly schema: unknown; readonly pointer: string } {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))
    throw refusal(place, `$ref ${JSON.stringify(reference)} leads out of the schema`, "use '#/$defs/...'");
  const pointer = reference.slice(1);
  let schema = whole;
  for (const part of pointer.split('/').slice(1)) {
    const key = decodePart(part);
    const found: unknown = Array.isArray(schema)
      ? schema[Number(key)]
      : isFields(schema) && Object.hasOwn(schema, key)
        ? schema[key]
        : undefined;
    if (found === undefined) throw refusal(place, `$ref '${reference}' leads nowhere`, 'define it in $defs');
    schema = found;
  }
  return { schema, pointer };
}

function decodePart(part: string): string {
  const plain = part.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
