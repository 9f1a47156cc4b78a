// A JSON schema as a grammar: every text of the grammar is valid under the schema, or the schema is refused.
import {
  choice,
  type Expression,
  type Grammar,
  literal,
  nothing,
  optional,
  rule,
  sequence,
} from './expression.ts';
import { anyObject, anyValue, jsonRules, list, mapping, pair, space } from './json-text.ts';
import {
  type Fields,
  isFields,
  readSchema,
  refusal,
  resolveReference,
  type SchemaPlace,
  schemaTypes,
  unsupported,
} from './schema-keywords.ts';
import { numberExpression, readCount, stringExpression } from './schema-scalars.ts';

/** Schemas within a schema, references followed once. */
const mostSchemas = 5000;
const mostValues = 1000;

/**
 * The texts that a schema allows: members in the order of `properties` and none besides them; those that are not required
 * may be left out.
 * @param namespace begins the names of its rules, so that several grammars may be put together
 * @throws InputError naming the place and the keyword that cannot be enforced
 */
export function schemaGrammar(schema: unknown, namespace = ''): Grammar {
  return new SchemaCompiler(schema, namespace).compile();
}

class SchemaCompiler {
  readonly #whole: unknown;
  readonly #namespace: string;
  readonly #rules = new Map<string, Expression>(jsonRules);
  #schemas = 0;

  constructor(whole: unknown, namespace: string) {
    this.#whole = whole;
    this.#namespace = namespace;
  }

  compile(): Grammar {
    const root = this.#reference('', this.#whole, { pointer: '', depth: 0 });
    return { root, rules: this.#rules };
  }

  /** A rule of its own for what references lead to: it may lead to itself. */
  #reference(pointer: string, schema: unknown, place: SchemaPlace): Expression {
    const name = `${this.#namespace}#${pointer}`;
    if (!this.#rules.has(name)) {
      this.#rules.set(name, nothing);
      this.#rules.set(name, this.#schema(schema, { pointer, depth: place.depth }));
    }
    return rule(name);
  }

  #schema(value: unknown, place: SchemaPlace): Expression {
    if (++this.#schemas > mostSchemas)
      throw refusal(place, `it holds more than ${mostSchemas} schemas`, 'use a smaller one');
    const schema = readSchema(value, place);
    if (schema === true) return anyValue;
    if (schema.$ref !== undefined) {
      const target = resolveReference(this.#whole, schema.$ref, place);
      return this.#reference(target.pointer, target.schema, place);
    }
    if (schema.anyOf !== undefined) return choice(...this.#options(schema, 'anyOf', place));
    if (schema.allOf !== undefined) {
      const options = this.#options(schema, 'allOf', place);
      if (options.length > 1) throw unsupported(place, 'allOf');
      return choice(...options);
    }
    if (schema.const !== undefined) return this.#values([schema.const], schema, place);
    if (schema.enum !== undefined) return this.#values(schema.enum, schema, place);
    const types = schemaTypes(schema, place);
    if (types.length === 0) return anyValue;
    return choice(...types.map((type) => this.#ofType(type, schema, place)));
  }

  #options(schema: Fields, keyword: string, place: SchemaPlace): Expression[] {
    const options = schema[keyword];
    if (!Array.isArray(options) || options.length === 0)
      throw refusal(place, `'${keyword}' is no list of schemas`, 'give at least one');
    return options.map((option, i) => this.#schema(option, inside(place, keyword, i)));
  }

  /** Values as they are, those of other types than the schema's left out. */
  #values(values: unknown, schema: Fields, place: SchemaPlace): Expression {
    if (!Array.isArray(values) || values.length > mostValues)
      throw refusal(place, "'enum' is no list of values", `give 1 to ${mostValues}`);
    const types = schemaTypes(schema, place);
    const allowed = values.filter(
      (value) => types.length === 0 || types.some((type) => hasType(value, type)),
    );
    if (allowed.length === 0)
      throw refusal(place, "'enum' has no value of the schema's type", 'correct one of the two');
    return choice(...allowed.map((value) => literal(JSON.stringify(value))));
  }

  #ofType(type: string, schema: Fields, place: SchemaPlace): Expression {
    if (type === 'string') return stringExpression(schema, place);
    if (type === 'number' || type === 'integer') return numberExpression(schema, type, place);
    if (type === 'boolean') return choice(literal('true'), literal('false'));
    if (type === 'null') return literal('null');
    return type === 'array' ? this.#array(schema, place) : this.#object(schema, place);
  }

  #array(schema: Fields, place: SchemaPlace): Expression {
    const least = readCount(schema, 'minItems', place) ?? 0;
    const most = readCount(schema, 'maxItems', place) ?? Number.POSITIVE_INFINITY;
    if (least > most) throw refusal(place, "'minItems' is above 'maxItems'", 'correct one of the two');
    if (schema.prefixItems !== undefined) return this.#tuple(schema, place);
    if (schema.items === false) return literal('[]');
    const element =
      schema.items === undefined ? anyValue : this.#schema(schema.items, inside(place, 'items'));
    return list(element, least, most);
  }

  /** A list of exactly the elements of `prefixItems`. */
  #tuple(schema: Fields, place: SchemaPlace): Expression {
    const { minItems, maxItems, prefixItems } = schema;
    const elements = this.#options(schema, 'prefixItems', place);
    const count = Array.isArray(prefixItems) ? prefixItems.length : 0;
    for (const [keyword, value] of Object.entries({ minItems, maxItems })) {
      if (value !== undefined && value !== count)
        throw refusal(place, `'${keyword}' differs from the ${count} elements of 'prefixItems'`, 'remove it');
    }
    if (isFields(schema.items) || schema.items === true)
      throw refusal(place, "'items' beside 'prefixItems' cannot be enforced", 'set it to false');
    const next = elements.slice(1).flatMap((element) => [literal(','), space, element]);
    return sequence(literal('['), space, elements[0] ?? nothing, ...next, space, literal(']'));
  }

  #object(schema: Fields, place: SchemaPlace): Expression {
    const { properties, additionalProperties: others } = schema;
    if (properties === undefined || (isFields(properties) && Object.keys(properties).length === 0))
      return this.#map(schema, place);
    if (!isFields(properties)) throw refusal(place, "'properties' is no object", 'give schemas by name');
    if (others !== undefined && typeof others !== 'boolean')
      throw refusal(
        place,
        "a schema in 'additionalProperties' beside 'properties' cannot be enforced",
        'set it to false',
      );
    const required = requiredNames(schema, place);
    const unknown = [...required].find((name) => !Object.hasOwn(properties, name));
    if (unknown !== undefined)
      throw refusal(place, `'required' names '${unknown}', which 'properties' lacks`, 'define it');
    const members = Object.entries(properties).map(([name, value]) => ({
      isRequired: required.has(name),
      pair: pair(literal(JSON.stringify(name)), this.#schema(value, inside(place, 'properties', name))),
    }));
    return this.#members(members, place);
  }

  /** An object whose names are free. */
  #map(schema: Fields, place: SchemaPlace): Expression {
    const [name] = requiredNames(schema, place);
    if (name !== undefined)
      throw refusal(place, `'required' names '${name}', which 'properties' lacks`, 'define it');
    const { additionalProperties: values } = schema;
    if (values === false) return literal('{}');
    if (values === undefined || values === true) return anyObject;
    return mapping(this.#schema(values, inside(place, 'additionalProperties')));
  }

  /** Members in order. What may follow member i is a rule, so that leaving members out does not multiply the others. */
  #members(
    members: readonly { readonly isRequired: boolean; readonly pair: Expression }[],
    { pointer }: SchemaPlace,
  ): Expression {
    const nameOf = (i: number) => `${this.#namespace}#${pointer} from ${i}`;
    const rest = (i: number): Expression => (i < members.length ? rule(nameOf(i)) : nothing);
    const starts: Expression[] = [];
    let mayBeEmpty = true;
    for (const [i, member] of members.entries()) {
      const next = sequence(literal(','), space, member.pair);
      this.#rules.set(nameOf(i), sequence(member.isRequired ? next : optional(next), rest(i + 1)));
      if (mayBeEmpty) starts.push(sequence(member.pair, rest(i + 1)));
      if (member.isRequired) mayBeEmpty = false;
    }
    const some = sequence(space, choice(...starts), space);
    return sequence(literal('{'), mayBeEmpty ? optional(some) : some, literal('}'));
  }
}

function requiredNames(schema: Fields, place: SchemaPlace): Set<string> {
  const { required = [] } = schema;
  if (Array.isArray(required) && required.every((name) => typeof name === 'string')) return new Set(required);
  throw refusal(place, "'required' is no list of names", 'give names of properties');
}

function inside({ pointer, depth }: SchemaPlace, ...keys: readonly (string | number)[]): SchemaPlace {
  const parts = keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return { pointer: pointer + parts.join(''), depth: depth + 1 };
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isFields(value);
  return typeof value === type;
}
