// Prints the outcome of a replay: a to-do list for whoever builds the server.
import type { Difference, Outcome } from './replay.ts';

const widest = 300;

/** The outcome of one flow, its differences grouped by exchange; at most `limit` exchanges are shown. */
export function formatOutcome(outcome: Outcome, { limit = 20 }: { readonly limit?: number } = {}): string {
  const groups = Object.values(Object.groupBy(outcome.differences, ({ index }) => String(index)));
  const lines = groups.slice(0, limit).flatMap((group) => formatGroup(group ?? []));
  const more = groups.length > limit ? [`  ... and ${groups.length - limit} exchanges more`] : [];
  return [headline(outcome), ...lines, ...more].join('\n');
}

/** One line a flow, and the total. */
export function formatSummary(outcomes: readonly Outcome[]): string {
  const total = outcomes.reduce((sum, { differences }) => sum + differences.length, 0);
  return [...outcomes.map(headline), `${total} differences in all`].join('\n');
}

function headline({ flow, exchanges, differences, deliberate }: Outcome): string {
  const wrong = new Set(differences.map(({ index }) => index)).size;
  const meant = deliberate.length === 0 ? '' : ` (and ${deliberate.length} that are meant)`;
  return `${flow}: ${exchanges - wrong} of ${exchanges} exchanges as MLflow's, ${differences.length} differences${meant}`;
}

function formatGroup(group: readonly Difference[]): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const head = `  #${first.index} ${first.step}: ${cut(first.request)}`;
  return [
    head,
    ...group
      .slice(0, 12)
      .flatMap(({ place, expected, got }) => [
        `      ${place}`,
        `        expected ${cut(expected)}`,
        `        got      ${cut(got)}`,
      ]),
    ...(group.length > 12 ? [`      ... and ${group.length - 12} more`] : []),
  ];
}

function cut(text: string): string {
  return text.length > widest ? `${text.slice(0, widest)}... (${text.length} characters)` : text;
}
