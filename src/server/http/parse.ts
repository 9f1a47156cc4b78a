// Checks what a request carries by a schema, and tells what is wrong by the name of the parameter.
import type { z } from 'zod';
import { InputError } from '../../core/index.ts';

/** What is wrong with a parameter. */
export type ParameterProblem = 'missing' | 'unknown' | 'invalid';

/** One parameter of a request is wrong. */
export class ParameterError extends InputError {
  override readonly name = 'ParameterError';
  /** Its path, as `method.dpo.hyperparameters.beta` or `messages[0].content`. */
  readonly param: string;
  readonly problem: ParameterProblem;

  constructor(param: string, message: string, problem: ParameterProblem = 'invalid') {
    super(message);
    this.param = param;
    this.problem = problem;
  }
}

/**
 * The value that a schema makes of JSON.
 * @throws ParameterError for the first thing that is wrong
 */
export function parseParameters<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw parameterError(result.error.issues[0], json);
}

function parameterError(issue: z.core.$ZodIssue | undefined, json: unknown): ParameterError {
  if (issue === undefined) return new ParameterError('', 'Cannot read the request');
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors
      .flat()
      .toSorted((a, b) => b.path.length - a.path.length)
      .at(0);
    if (deepest !== undefined && deepest.path.length > 0)
      return parameterError({ ...deepest, path: [...issue.path, ...deepest.path] }, json);
  }
  if (issue.code === 'unrecognized_keys') {
    const param = pathText([...issue.path, issue.keys[0] ?? '']);
    return new ParameterError(param, `Unknown parameter: '${param}'.`, 'unknown');
  }
  const param = pathText(issue.path);
  const value = issue.path.reduce<unknown>(member, json);
  if (value === undefined && param !== '')
    return new ParameterError(param, `Missing required parameter: '${param}'.`, 'missing');
  const whole = param === '' ? 'the body' : `'${param}'`;
  return new ParameterError(
    param,
    `Invalid value for ${whole}: ${issue.message}; current value is ${shown(value)}`,
  );
}

function member(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join('');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
