// Where a text need not be MLflow's letter by letter: each case with its reason.

/** Both texts are rewritten before they are compared, when the recorded one fits `pattern`. */
export type Allowance = {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly rewrite: (text: string) => string;
};

/** The allowances, all tried in turn. */
export const allowances: readonly Allowance[] = [
  {
    pattern: /already exists\. Error: \((sqlite3\.|raised as a result)/,
    reason:
      "MLflow's message goes on with the SQL statement and its parameters; only the first sentence is asked for",
    rewrite: (text) => text.replace(/( already exists\.)( Error: .*)?$/s, '$1'),
  },
  {
    pattern: /^(?!.*already exists\.).*(\(sqlite3\.|<Sql\w+ at 0x)/s,
    reason:
      "MLflow's message is nothing but an SQL error, which no client can read; another sentence is asked for",
    rewrite: (text) => (text === '' ? '' : '(a message)'),
  },
  {
    pattern: /\{'[^{}]*'(, '[^{}]*')*\}/,
    reason: 'A Python set prints its members in another order in every process',
    rewrite: (text) => text.replaceAll(/\{('[^{}]*')\}/g, (_, members: string) => `{${sorted(members)}}`),
  },
];

/** Fields that an answer may have in addition, on error bodies: MLflow has them since a later patch release. */
export const extraErrorFields: ReadonlySet<string> = new Set(['sqlstate', 'error_class']);

/** A recorded text and an answer's, as they are to be compared. */
export function allowed(recorded: string, actual: string): readonly [string, string] {
  let pair: readonly [string, string] = [recorded, actual];
  for (const { pattern, rewrite } of allowances) {
    if (pattern.test(recorded)) pair = [rewrite(pair[0]), rewrite(pair[1])];
  }
  return pair;
}

function sorted(members: string): string {
  return members.split(', ').sort().join(', ');
}
