// Every filter and ordering that MLflow 3.11 was asked to read (tools/peers/mlflow-search): the same meaning or the same refusal.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../core/index.ts';
import {
  EXPERIMENTS,
  type Filter,
  type FilterLanguage,
  LOGGED_MODELS,
  MODEL_VERSIONS,
  parseFilter,
  parseOrderBy,
  REGISTERED_MODELS,
  RUNS,
  TRACES,
} from './index.ts';

const clause = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.union([z.string(), z.array(z.unknown()), z.null()]),
]);
const refusal = z.union([z.object({ error: z.string() }), z.object({ crash: z.string() })]);
const recording = z.object({
  filters: z.array(z.tuple([z.string(), z.union([z.array(clause), refusal])])),
  orderings: z.array(z.tuple([z.string(), z.union([z.array(z.array(z.unknown())), refusal])])),
});

type Clause = z.infer<typeof clause>;

const LANGUAGES: Readonly<Record<string, FilterLanguage>> = {
  runs: RUNS,
  experiments: EXPERIMENTS,
  'registered-models': REGISTERED_MODELS,
  'model-versions': MODEL_VERSIONS,
  'logged-models': LOGGED_MODELS,
  traces: TRACES,
};

/** Names that we make canonical where MLflow keeps what was written. */
const CANONICAL: Readonly<Record<string, string>> = {
  attributes: 'attribute',
  metrics: 'metric',
  params: 'parameter',
  tags: 'tag',
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
};

for (const [name, language] of Object.entries(LANGUAGES)) {
  const file = join(import.meta.dirname, '../../../test/fixtures/mlflow-search', `${name}.json`);
  const recorded = recording.parse(JSON.parse(readFileSync(file, 'utf8')));

  describe(name, () => {
    test('parseFilter means what MLflow means', () => {
      let compared = 0;
      for (const [text, outcome] of recorded.filters) {
        if (!Array.isArray(outcome) || meansOtherwise(text, name)) continue;
        const expected = outcome.map((one) => canonical(one, name));
        expect([text, clausesOf(parseFilter(text, language))]).toEqual([text, expected]);
        compared += 1;
      }
      expect(compared).toBeGreaterThan(80);
    });

    test('parseFilter refuses in the words of MLflow, or reads more than MLflow', () => {
      const differing = recorded.filters.filter(([text, outcome]) => {
        const ours = refusalOf(() => parseFilter(text, language));
        return !Array.isArray(outcome) && 'error' in outcome && differs(text, outcome.error, ours);
      });
      expect(differing.map(([text]) => text)).toEqual([]);
    });

    test('parseOrderBy takes what MLflow takes and refuses in its words', () => {
      const differing = recorded.orderings.filter(([text, outcome]) => {
        const ours = refusalOf(() => parseOrderBy([text], language));
        if (Array.isArray(outcome)) return ours !== undefined;
        return 'error' in outcome && differs(text, outcome.error, ours);
      });
      expect(differing.map(([text]) => text)).toEqual([]);
    });
  });
}

test('parseOrderBy reads fields and directions', () => {
  const read = (text: string, language: FilterLanguage) => parseOrderBy([text], language)[0];
  expect(read('metrics.`a b` DESC', RUNS)).toEqual({ type: 'metric', key: 'a b', ascending: false });
  expect(read('params.a.b', RUNS)).toEqual({ type: 'parameter', key: 'a.b', ascending: true });
  expect(read('Created desc', RUNS)).toEqual({ type: 'attribute', key: 'start_time', ascending: false });
  expect(read('timestamp', REGISTERED_MODELS)).toEqual({
    type: 'attribute',
    key: 'last_updated_timestamp',
    ascending: true,
  });
  expect(read('name DESC', TRACES)).toEqual({ type: 'tag', key: 'mlflow.traceName', ascending: false });
});

/** The comparisons of a filter without OR, as MLflow lists them. */
function clausesOf(filter: Filter | undefined): readonly unknown[] {
  if (filter === undefined) return [];
  const parts = filter.kind === 'and' ? filter.parts : [filter];
  return parts.map((part) =>
    part.kind === 'comparison' ? [part.type, part.key, part.operator, part.value ?? null] : part,
  );
}

/** A recorded clause as we put it. MLflow keeps numbers as written; ours are numbers. */
function canonical([type, key, operator, value]: Clause, name: string): readonly unknown[] {
  const entity = CANONICAL[type] ?? type;
  const isTime = entity === 'attribute' && /(?:^|_)time(?:stamp)?(?:_ms)?$/.test(key);
  const isNumber = isTime || entity === 'metric' || key === 'version_number' || /^(?:[Cc]reated)$/.test(key);
  const column = name === 'logged-models' ? key.replace(/_ms$/, '') : (CANONICAL[key] ?? key);
  const isNamed = entity === 'attribute';
  return [
    entity,
    isNamed ? column : key,
    operator.toUpperCase(),
    isNumber && typeof value === 'string' ? numberOf(value) : value,
  ];
}

function numberOf(text: string): number {
  return Number(text.replace('inf', 'Infinity').replaceAll('_', ''));
}

function refusalOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function differs(text: string, theirs: string, ours: string | undefined): boolean {
  if (ours === undefined || sortSets(ours) === sortSets(theirs)) return false;
  return !saysOtherwise(text, theirs, ours);
}

/** Python prints sets in any order. */
function sortSets(message: string): string {
  return message.replaceAll(/\{[^}]*\}/g, (set) => `{${set.slice(1, -1).split(', ').toSorted().join(', ')}}`);
}

/** Filters that MLflow takes and we read differently or refuse, each for a reason. */
function meansOtherwise(text: string, name: string): boolean {
  return (
    // MLflow drops ids without a small letter from lists, and then finds nothing by them.
    /\('(?:A', 'b|123|)'\)$/.test(text) ||
    // The prompt tag holds for models without it: MLflow sees to that in the store, we in the filter.
    text.includes('is_prompt') ||
    // A number compared with a word: SQLite has an answer, PostgreSQL an error.
    /^(?:attributes\.)?(?:version_number|timestamp_ms|execution_time(?:_ms)?|end_time(?:_ms)?) \S+ ['"]x['"]$/.test(
      text,
    ) ||
    // Backticks around the name of a span's attribute belong to the name only until the store looks for it.
    /^span\.attributes\.(?:`a b`|.* = \()/.test(text) ||
    // A regular expression that is none: MLflow leaves that to the database.
    text === "tag.t RLIKE '('" ||
    // MLflow takes the tag "name" for the trace's name, and the like.
    /^(?:tag|metadata|feedback|expectation)\.(?:name|run_id|text|timestamp|prompt|execution_time|end_time)\b/.test(
      text,
    ) ||
    (name === 'logged-models' && loggedModelsOtherwise(text))
  );
}

/** MLflow's parser for logged models knows single quotes only, and lists of anything. */
function loggedModelsOtherwise(text: string): boolean {
  return /["`]|params\.'a'|metrics\.'a'|IN \(\)|, 2\)|, 1\)|'x' = 'y'|= \?$|= \$1$/.test(text);
}

/** Refusals whose words are not MLflow's. */
function saysOtherwise(text: string, theirs: string, ours: string): boolean {
  return (
    // MLflow's words are those of Python or SQLAlchemy, or run together.
    /^\(sqlite3|^malformed node|^type object|^could not convert|^No closing|Expected a comparison with 3 tokens/.test(
      theirs,
    ) ||
    // MLflow trips over words that SQL reserves and says so obscurely; we tell what is wrong with the name, value or operator.
    (isUnreadable(theirs) && !isUnreadable(ours)) ||
    // Pieces of other SQL come in other groups.
    /1,5$|, \w+\.\w|= 'x' = 'y'|\/\*|= \?$|= \$1$|NOT NULL$|NULL NULL$|'x' foo$|^timestamp .*(?:IN|-)/.test(
      text,
    ) ||
    // We look at the name before the value, at the operator before the elements of a list, and name what is searched.
    /^span\.foo|^issue\.x|^span\.content .*\(|^span\.attributes\.`a b`|^tag\.t .*\(|^1 < /.test(text) ||
    // MLflow's parser for logged models repeats operators as written, and reads lists of anything before it falls over.
    / like 'x'$|^attributes\.creation_timestamp |IN \((?:,|'a',,|1\)|`|None|True)/.test(text) ||
    // Orderings by what cannot be ordered by: MLflow takes the name apart after it has refused it, or not at all.
    /^(?:tags\.t|foo\.bar|a\.|experiment_id|)(?: \w+)?$/.test(text)
  );
}

function isUnreadable(message: string): boolean {
  return /^Invalid clause|Could not be parsed|^Invalid filter string|Expected 3 tokens/.test(message);
}
