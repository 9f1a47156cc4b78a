// The schema that queries are checked against.
import { buildSchema, GraphQLScalarType } from 'graphql';
import { typeDefinitions } from './type-definitions.ts';

export const schema = buildSchema(typeDefinitions, { assumeValid: true, assumeValidSDL: true });

const longString = schema.getType('LongString');
if (longString instanceof GraphQLScalarType) longString.coerceOutputValue = String;
