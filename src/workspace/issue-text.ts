// What zod found wrong, in the words of a person who writes configuration.
import { z } from 'zod';
import { didYouMean } from '../core/index.ts';
import { describe } from './tree.ts';

/** One fault: where, and what the value there must be. */
export type Fault = { readonly path: readonly PropertyKey[]; readonly text: string };

type Issue = z.core.$ZodIssue;

const { localeError } = z.locales.en();

/** The faults behind an issue: none for unknown keys (found otherwise), those of the best fitting option for a union. */
export function toFaults(issue: Issue, within: readonly PropertyKey[] = []): readonly Fault[] {
  const path = [...within, ...issue.path];
  if (issue.code === 'unrecognized_keys') return [];
  if (issue.code === 'invalid_union') return unionFaults(issue, path);
  const value = issue.input;
  if (value === undefined && issue.code !== 'custom') return [{ path, text: requiredText(issue, path) }];
  const current = `, current value is ${describe(value)}`;
  if (hasOwnMessage(issue)) return [{ path, text: `${subject(path)}: ${issue.message}${current}` }];
  return [{ path, text: `${subject(path)} ${demand(issue)}${current}${hint(issue)}` }];
}

function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): readonly Fault[] {
  if ('discriminator' in issue && 'options' in issue && Array.isArray(issue.options)) {
    return [discriminatorFault(issue.options, issue.input, path)];
  }
  const fitting = issue.errors.filter(
    (issues) => !issues.some((inner) => inner.path.length === 0 && isMismatch(inner)),
  );
  const best = fitting.toSorted((a, b) => a.length - b.length)[0];
  if (best !== undefined) return best.flatMap((inner) => toFaults(inner, path));
  if (issue.input === undefined) return [{ path, text: requiredText(issue, path) }];
  const demands = issue.errors.flatMap((issues) =>
    issues.filter((inner) => inner.path.length === 0).map(demand),
  );
  const either = [...new Set(demands)].map((text) => text.replace(/^must be /, '')).join(' or ');
  return [{ path, text: `${subject(path)} must be ${either}, current value is ${describe(issue.input)}` }];
}

function discriminatorFault(
  options: readonly unknown[],
  input: unknown,
  path: readonly PropertyKey[],
): Fault {
  const key = String(path.at(-1));
  const value =
    typeof input === 'object' && input !== null && key in input ? Reflect.get(input, key) : undefined;
  const allowed = `must be ${listed(options)}`;
  if (value === undefined) return { path, text: `${subject(path)} is required and ${allowed}` };
  return {
    path,
    text: `${subject(path)} ${allowed}, current value is ${describe(value)}. ${didYouMean(String(value), options.map(String))}`,
  };
}

function requiredText(issue: Issue, path: readonly PropertyKey[]): string {
  const what = issue.code === 'invalid_value' || issue.code === 'invalid_type' ? ` and ${demand(issue)}` : '';
  return `${subject(path)} is required${what}; set it in the file or with ${path.map(String).join('.')}=VALUE`;
}

function isMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** Whether the schema's author wrote the message. */
function hasOwnMessage(issue: Issue): boolean {
  if (issue.code === 'custom') return true;
  const standard = localeError({ ...issue, input: issue.input } as z.core.$ZodRawIssue);
  return issue.message !== (typeof standard === 'string' ? standard : standard?.message);
}

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  null: 'null',
};

const units: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' items',
  set: ' items',
  map: ' entries',
};

function demand(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${listed(issue.values)}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'greater than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a valid ${issue.format}`;
    default:
      return `is not right: ${issue.message}`;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  const unit = units[origin];
  return unit === undefined ? `must be ${relation} ${limit}` : `must have ${relation} ${limit}${unit}`;
}

function hint(issue: Issue): string {
  if (issue.code !== 'invalid_value' || typeof issue.input !== 'string') return '';
  const near = didYouMean(issue.input, issue.values.map(String));
  return near.startsWith('Did') ? `. ${near}` : '';
}

function listed(values: readonly unknown[]): string {
  return values.map(describe).join(' or ');
}

function subject(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the configuration' : `'${path.map(String).join('.')}'`;
}
