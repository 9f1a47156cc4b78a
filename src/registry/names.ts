// What names, aliases and tags of the registry may be: MLflow's rules, with its texts.
import { InputError } from '../core/index.ts';
import type { Tag } from './entities.ts';

/** Lengths are counted in code points. */
export const limits = {
  name: 500,
  alias: 255,
  tagKey: 250,
  tagValue: 100_000,
  description: 100_000,
} as const;

/** Letters and digits of any script, as MLflow's own check has it. */
const keyPattern = /^[/\p{L}\p{N}_.\- :]*$/u;
const aliasPattern = /^[\p{L}\p{N}_-]*$/u;

/** @throws InputError for a name that is empty, holds '/' or ':', is a path step, or is too long */
export function checkModelName(name: string, parameter = 'name'): void {
  if (name.trim() === '') throw new InputError(`Missing value for required parameter '${parameter}'.`);
  if (/[/:]/.test(name))
    throw new InputError(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (name === '.' || name === '..' || name.startsWith('..')) throw unclearPath('name', name, name);
  checkLength('name', name, limits.name);
}

/** @throws InputError for an alias that is empty, too long, or holds other characters than letters, digits, _ and - */
export function checkAlias(alias: string): void {
  if (alias === '') throw new InputError('Registered model alias name cannot be empty.');
  if (!aliasPattern.test(alias))
    throw new InputError(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  checkLength('Registered model alias name', alias, limits.alias);
}

/** @throws InputError for an alias that would read as a version or as the newest one */
export function checkAliasIsFree(alias: string): void {
  if (isLatest(alias)) throw new InputError("'latest' alias name (case insensitive) is reserved.");
  if (/^v\p{Nd}+$/iu.test(alias)) throw new InputError(`Version alias name '${alias}' is reserved.`);
}

/** Whether an alias stands for the newest version, whichever that is. */
export function isLatest(alias: string): boolean {
  return alias.toLowerCase() === 'latest';
}

/** @throws InputError for a tag whose key or value cannot be kept */
export function checkTag({ key, value }: Tag): void {
  checkTagKey(key);
  checkLength('key', key, limits.tagKey);
  if (key === promptTextKey && lengthOver(value, limits.tagValue))
    throw new InputError(`Prompt text exceeds max length of ${limits.tagValue} characters.`);
  checkLength('value', value, limits.tagValue);
}

/** @throws InputError for a key of other characters than MLflow takes, or that resolves to another path */
export function checkTagKey(key: string): void {
  if (!keyPattern.test(key))
    throw invalidValue(
      'key',
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  const resolved = normalizePath(key);
  if (resolved !== key || resolved === '.' || resolved.startsWith('..') || resolved.startsWith('/'))
    throw unclearPath('key', key, resolved);
}

/** The last value of each key, in the order in which the keys came first. */
export function distinctTags(tags: readonly Tag[]): readonly Tag[] {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  return [...values].map(([key, value]) => ({ key, value }));
}

/** @throws InputError for a text that is too long */
export function checkLength(name: string, text: string, limit: number): void {
  if (lengthOver(text, limit))
    throw new InputError(`'${name}' exceeds the maximum length of ${limit} characters`);
}

const promptTextKey = 'mlflow.prompt.text';

function unclearPath(parameter: string, value: string, resolved: string): InputError {
  return invalidValue(
    parameter,
    value,
    `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
  );
}

function invalidValue(parameter: string, value: string, reason: string): InputError {
  const json = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new InputError(`Invalid value ${json} for parameter '${parameter}' supplied: ${reason}`);
}

function lengthOver(text: string, limit: number): boolean {
  // A code point takes one or two units, so that most texts need no counting.
  return text.length > limit && Array.from(text).length > limit;
}

/** POSIX normalisation of a path, by the rules of Python's `posixpath.normpath`. */
function normalizePath(path: string): string {
  const slashes = path.startsWith('/') ? (/^\/\/(?!\/)/.test(path) ? '//' : '/') : '';
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const staysUp = slashes === '' && (kept.length === 0 || kept.at(-1) === '..');
    if (part !== '..' || staysUp) kept.push(part);
    else kept.pop();
  }
  return slashes + kept.join('/') || '.';
}
