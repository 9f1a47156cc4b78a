// The DPO service's record: a prompt, several responses, pairs of their indices, and the response to imitate.
import { RowFault } from '../fault.ts';
import { checkAnswer, checkPair, checkPrompt } from './conversation.ts';
import { type Fields, requireField, requireList, requireString, wrongType } from './fields.ts';
import { type Format, has } from './format.ts';

export const dpoServiceFormat: Format = {
  name: 'dpo-service',
  columns: '{prompt, responses, pairs, sft_target}',
  kind: 'preference',
  fits: (fields) => has(fields, 'responses') && (has(fields, 'pairs') || has(fields, 'sft_target')),
  convert(fields, { origin, purpose }) {
    const prompt = requireString(fields, 'prompt');
    checkPrompt(prompt, 'prompt');
    const responses = readResponses(fields);
    if (purpose === 'sft')
      return [{ kind: 'completion', prompt, completion: readTarget(fields, responses), origin }];
    return readPairs(fields, responses.length).map(([chosen, rejected]) => {
      const pair = { chosen: responses[chosen] ?? '', rejected: responses[rejected] ?? '' };
      checkPair(pair.chosen, pair.rejected, [`responses[${chosen}]`, `responses[${rejected}]`]);
      return { kind: 'preference', prompt, ...pair, origin };
    });
  },
};

function readResponses(fields: Fields): string[] {
  return requireList(requireField(fields, 'responses'), 'responses').map((response, index) => {
    if (typeof response !== 'string') throw wrongType(`responses[${index}]`, response, 'a string');
    return response;
  });
}

function readTarget(fields: Fields, responses: readonly string[]): string {
  const target = requireString(fields, 'sft_target');
  checkAnswer(target, 'sft_target');
  if (responses.includes(target)) return target;
  throw new RowFault('wrong-type', "'sft_target' is none of the responses", 'copy it from the responses');
}

function readPairs(fields: Fields, count: number): (readonly [number, number])[] {
  const pairs = requireList(requireField(fields, 'pairs'), 'pairs');
  if (pairs.length === 0) throw new RowFault('empty', "'pairs' is empty", 'add a pair or delete the row');
  return pairs.map((pair, index) => {
    const [chosen, rejected] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (!isIndex(chosen, count) || !isIndex(rejected, count))
      throw new RowFault(
        'wrong-type',
        `pairs[${index}] is ${JSON.stringify(pair)}, not two indices below ${count}`,
        'write [index of the better response, index of the worse]',
      );
    return [chosen, rejected];
  });
}

function isIndex(value: unknown, count: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count;
}
