// The records of a data set: of either format, checked to the last, told apart by their place in the request.
import { InputErrors } from '../../core/index.ts';

/** A record in the service's own format. */
export type DpoRecord = {
  readonly prompt: string;
  readonly responses: readonly string[];
  /** Places in `responses`: of the better one and of the worse. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly sft_target: string;
};

/** Faults that are told; all are counted. */
const toldFaults = 20;

/**
 * The records in one format. Several of one prompt stay several.
 * @param field what the records are called in the request
 * @throws InputErrors with the place and the reason of each fault
 */
export function readRecords(values: readonly unknown[], field: string): readonly DpoRecord[] {
  if (values.length === 0)
    throw new InputErrors('Cannot tune with this data set', [`${field} is empty; send at least one record`]);
  const faults: string[] = [];
  const records = values.flatMap((value, index) => {
    const record = readRecord(value);
    if (typeof record !== 'string') return [record];
    faults.push(`${field}[${index}]: ${record}`);
    return [];
  });
  if (faults.length === 0) return records;
  const more = faults.length > toldFaults ? [`and ${faults.length - toldFaults} more`] : [];
  throw new InputErrors(
    `Cannot tune with this data set: ${faults.length} of its ${values.length} records are wrong`,
    [...faults.slice(0, toldFaults), ...more],
  );
}

/** The record, or what is wrong with it. */
function readRecord(value: unknown): DpoRecord | string {
  if (!isObject(value)) return 'it is no object; send {prompt, responses, pairs, sft_target}';
  const { prompt } = value;
  if (!isText(prompt)) return "'prompt' is no text";
  if (value.responses === undefined && value.pairs === undefined && value.chosen !== undefined)
    return readPair(prompt, value);
  const { responses, pairs, sft_target } = value;
  if (!Array.isArray(responses) || responses.length < 2 || !responses.every(isText))
    return "'responses' is no list of two or more texts";
  if (!Array.isArray(pairs) || pairs.length === 0) return "'pairs' is no list of at least one pair";
  const wrong = pairs.findIndex((pair) => !isPair(pair, responses));
  if (wrong >= 0)
    return `pairs[${wrong}] is not [place of the better response, place of the worse], from 0 to ${responses.length - 1}, of two that differ`;
  if (!isText(sft_target) || !responses.includes(sft_target)) return "'sft_target' is none of the responses";
  return { prompt, responses, pairs, sft_target };
}

function readPair(prompt: string, { chosen, rejected }: Fields): DpoRecord | string {
  if (!isText(chosen)) return "'chosen' is no text";
  if (!isText(rejected)) return "'rejected' is no text";
  if (chosen === rejected) return "'chosen' and 'rejected' are the same";
  return { prompt, responses: [chosen, rejected], pairs: [[0, 1]], sft_target: chosen };
}

function isPair(value: unknown, responses: readonly unknown[]): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const isPlace = (place: unknown) => Number.isInteger(place) && responses[Number(place)] !== undefined;
  return value.every(isPlace) && responses[value[0]] !== responses[value[1]];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && value.trim() !== '';
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
