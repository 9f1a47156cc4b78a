// Reads a field of MLflow's messages: their names are in snake case, and what is not there has protobuf's default.
import { defaultFieldResolver, type GraphQLFieldResolver, getNullableType, isListType } from 'graphql';
import { messageName } from './message-name.ts';

/** What the rest are when they are not there; lists are empty. Objects are: all of their fields have defaults. */
const defaults: Readonly<Record<string, unknown>> = {
  String: '',
  LongString: 0,
  Float: 0,
  Boolean: false,
  ApiError: null,
  MlflowRunStatus: 'RUNNING',
  MlflowModelVersionStatus: 'PENDING_REGISTRATION',
  MlflowDeploymentJobConnectionState: 'DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED',
  MlflowModelVersionDeploymentJobStateDeploymentJobRunState: 'DEPLOYMENT_JOB_RUN_STATE_UNSPECIFIED',
};

/** A value that is not a number is null, and an infinite one the largest there is: JSON has no text for them. */
export const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  const value = property(source, messageName(info.fieldName));
  if (value === undefined) return absent(source, args, context, info);
  if (typeof value === 'number' && Number.isNaN(value)) return null;
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
    ? Math.sign(value) * Number.MAX_VALUE
    : value;
};

const absent: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  // The root's fields and those that ask further are functions.
  const resolved = defaultFieldResolver(source, args, context, info);
  if (resolved !== undefined) return resolved;
  const type = getNullableType(info.returnType);
  if (isListType(type)) return [];
  return type.name in defaults ? defaults[type.name] : {};
};

function property(source: unknown, name: string): unknown {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) return undefined;
  const value: unknown = Reflect.get(source, name);
  return typeof value === 'function' ? undefined : value;
}
