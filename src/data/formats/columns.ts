// Column names: the user's own mapping first, then the aliases that public data sets use.
import { didYouMean, InputError } from '../../core/index.ts';
import { RowFault } from '../fault.ts';
import { dropNulls, type Fields } from './fields.ts';

/** Canonical column name to the file's column name, for example `{ prompt: 'question' }`. */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Columns that some format reads. */
export const knownColumns = [
  'text',
  'prompt',
  'completion',
  'messages',
  'chosen',
  'rejected',
  'label',
  'system',
  'tools',
  'instruction',
  'input',
  'output',
  'history',
  'conversations',
  'responses',
  'pairs',
  'sft_target',
  'preferred_output',
  'non_preferred_output',
] as const;

const chosenAliases = ['chosen_response', 'chosen_answer', 'preferred_response'] as const;
const rejectedAliases = ['rejected_response', 'rejected_answer', 'dispreferred_response'] as const;
const indexColumns = ['better_response_id', 'preferred_index', 'chosen_index'] as const;

/** Refuses a mapping of columns that no format reads. */
export function checkMapping(mapping: ColumnMapping): void {
  for (const name of Object.keys(mapping)) {
    if (!knownColumns.some((known) => known === name))
      throw new InputError(
        `Cannot map column '${name}': no format reads it. ${didYouMean(name, [...knownColumns])}`,
      );
  }
}

/** The row with canonical column names and without null members. */
export function canonicalFields(row: Readonly<Record<string, unknown>>, mapping: ColumnMapping = {}): Fields {
  const fields = { ...(dropNulls(row) as Record<string, unknown>) };
  for (const [name, column] of Object.entries(mapping)) {
    if (!(column in row))
      throw new RowFault(
        'missing-field',
        `Row has no '${column}', the column mapped to '${name}'`,
        didYouMean(column, Object.keys(row)),
      );
    const value = fields[column];
    if (column !== name) delete fields[column];
    if (value !== undefined) fields[name] = value;
  }
  const isPair = renamePair(fields);
  rename(fields, 'system', ['system_prompt']);
  rename(fields, 'conversations', ['conversation']);
  rename(fields, 'label', ['kto_tag']);
  if (isPair && fields.instruction === undefined) rename(fields, 'question', ['query', 'input']);
  if (fields.prompt === undefined && fields.question === undefined) rename(fields, 'question', ['query']);
  if (fields.prompt !== undefined || fields.question !== undefined)
    rename(fields, 'completion', ['response', 'answer']);
  return fields;
}

/** Brings the two answers of a pair to `chosen` and `rejected`; whether the row has either. */
function renamePair(fields: Record<string, unknown>): boolean {
  rename(fields, 'chosen', chosenAliases);
  rename(fields, 'rejected', rejectedAliases);
  if ('chosen' in fields || 'rejected' in fields) return true;
  if (!('response_0' in fields && 'response_1' in fields)) return false;
  const better = Number(indexColumns.map((column) => fields[column]).find((value) => value !== undefined));
  if (better !== 0 && better !== 1)
    throw new RowFault(
      'unknown-format',
      "Row has 'response_0' and 'response_1' but does not say which is better",
      `map them (columns: {chosen: response_0, rejected: response_1}) or add '${indexColumns[0]}' (0 or 1)`,
    );
  fields.chosen = fields[`response_${better}`];
  fields.rejected = fields[`response_${1 - better}`];
  delete fields.response_0;
  delete fields.response_1;
  return true;
}

function rename(fields: Record<string, unknown>, name: string, aliases: readonly string[]): void {
  if (name in fields) return;
  const alias = aliases.find((candidate) => candidate in fields);
  if (alias === undefined) return;
  fields[name] = fields[alias];
  delete fields[alias];
}
