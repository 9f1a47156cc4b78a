// What may be logged: lengths, characters and sizes, MLflow's own, with its texts.
import { InputError } from '../core/index.ts';
import type { Metric, Param, Tag } from './entities.ts';

/** Lengths are counted in code points. */
export const limits = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 5000,
  artifactLocation: 2048,
  batchMetrics: 1000,
  batchParams: 100,
  batchTags: 100,
  batchEntities: 1000,
  pageSize: 50_000,
} as const;

/** Letters, marks and digits of any script, as MLflow's own check has it. */
const keyPattern = /^[/\p{L}\p{N}_.\- :]*$/u;

/** A key of a metric, parameter or tag. `path` says where in the request it stood. */
export function checkKey(key: string, path: string): void {
  if (!keyPattern.test(key))
    throw invalidValue(
      path,
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    );
  const resolved = normalizePath(key);
  if (resolved !== key || resolved === '.' || resolved.startsWith('..') || resolved.startsWith('/'))
    throw invalidValue(
      path,
      key,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
    );
}

/** @throws InputError for a text that is too long */
export function checkLength(name: string, text: string, limit: number): void {
  if (isLonger(text, limit))
    throw new InputError(`'${name}' exceeds the maximum length of ${limit} characters`);
}

/** The parameter as it is kept: a long value is cut off, as MLflow's server does. */
export function checkedParam({ key, value }: Param, path = ''): Param {
  checkKey(key, join(path, 'key'));
  checkLength('Param key', key, limits.key);
  return { key, value: truncate(value, limits.paramValue) };
}

/** The tag as it is kept: a long value is cut off, as MLflow's server does. */
export function checkedTag({ key, value }: Tag, path = ''): Tag {
  checkKey(key, join(path, 'key'));
  checkLength(join(path, 'key'), key, limits.key);
  return { key, value: truncate(value, limits.tagValue) };
}

/**
 * The tag as it is kept when it comes with a new run or experiment: MLflow takes any characters in such a key, though
 * never in a tag that is set later.
 */
export function checkedNewTag({ key, value }: Tag): Tag {
  checkLength('key', key, limits.key);
  return { key, value: truncate(value, limits.tagValue) };
}

export function checkMetric({ key, value, timestamp }: Metric, path = ''): void {
  checkKey(key, join(path, 'name'));
  if (timestamp < 0)
    throw invalidValue(
      join(path, 'timestamp'),
      timestamp,
      `metric '${key}' (value=${floatText(value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  checkLength('Metric name', key, limits.key);
}

/** How much one batch may hold. */
export function checkBatch(batch: {
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
}): void {
  const { metrics, params, tags } = batch;
  checkCount('metrics', metrics.length, limits.batchMetrics);
  checkCount('params', params.length, limits.batchParams);
  checkCount('tags', tags.length, limits.batchTags);
  checkCount('metrics, params, and tags', metrics.length + params.length + tags.length, limits.batchEntities);
  const seen = new Set<string>();
  const repeated = params.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => `'${key}'`);
  if (repeated.length > 0)
    throw new InputError(
      `Duplicate parameter keys have been submitted: [${repeated.join(', ')}]. Please ensure the request contains only one param value per param key.`,
    );
}

function checkCount(what: string, count: number, limit: number): void {
  if (count > limit)
    throw new InputError(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
}

/** How many results a page may have. */
export function checkPageSize(maxResults: number): void {
  const refuse = (why: string) =>
    new InputError(`Invalid value ${maxResults} for parameter 'max_results' supplied. ${why}`);
  if (!Number.isInteger(maxResults) || maxResults < 1) throw refuse('It must be a positive integer');
  if (maxResults > limits.pageSize) throw refuse(`It must be at most ${limits.pageSize}`);
}

/** MLflow's text for a value it does not take. */
export function invalidValue(path: string, value: string | number, reason: string): InputError {
  return new InputError(
    `Invalid value ${toAscii(JSON.stringify(value))} for parameter '${path}' supplied: ${reason}`,
  );
}

/** A float as MLflow's messages have it: never without a point. */
function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

function toAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** The first `limit` code points. */
function truncate(text: string, limit: number): string {
  return isLonger(text, limit) ? Array.from(text).slice(0, limit).join('') : text;
}

function isLonger(text: string, limit: number): boolean {
  // A code point takes one or two units, so that most texts need no counting.
  return text.length > limit && Array.from(text).length > limit;
}

/** POSIX normalisation of a path, by the rules of Python's `posixpath.normpath`. */
function normalizePath(path: string): string {
  if (path === '') return '.';
  const slashes = path.startsWith('/') ? (/^\/\/(?!\/)/.test(path) ? '//' : '/') : '';
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const up = part === '..';
    if (!up || (slashes === '' && (kept.length === 0 || kept.at(-1) === '..'))) kept.push(part);
    else kept.pop();
  }
  return slashes + kept.join('/') || '.';
}
