// Refuses requests that make no sense, or ask for what no model here can do.
import { InputError } from '../../core/index.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest } from './text-request.ts';

const mostChoices = 128;
const mostStops = 4;
const mostAlternatives = 20;
const mostTools = 128;

/** @throws InputError naming the field, its value and what it may be */
export function checkRequest(model: TextModel, request: TextRequest): void {
  const { choices = 1, stop = [], maxNewTokens = 1, alternatives = 0 } = request;
  refuseUnless(
    isWhole(choices, 1, mostChoices),
    'choices',
    choices,
    `a whole number from 1 to ${mostChoices}`,
  );
  refuseUnless(
    stop.length <= mostStops && !stop.includes(''),
    'stop',
    stop,
    `at most ${mostStops} texts, none of them empty`,
  );
  refuseUnless(isWhole(maxNewTokens, 1), 'maxNewTokens', maxNewTokens, 'a whole number from 1');
  refuseUnless(
    isWhole(alternatives, 0, mostAlternatives),
    'alternatives',
    alternatives,
    `a whole number up to ${mostAlternatives}`,
  );
  for (const token of request.sampling?.logitBias?.keys() ?? [])
    refuseUnless(
      isWhole(token, 0, model.vocabSize - 1),
      'logitBias',
      token,
      `for tokens of this model, from 0 to ${model.vocabSize - 1}`,
    );
  if (request.echo) checkEcho(request);
  checkTools(request);
}

function checkEcho({ prompt, alternatives }: TextRequest): void {
  if ('messages' in prompt)
    throw new InputError(
      "Cannot repeat the prompt: 'echo' is for texts, this is a conversation; leave it out",
    );
  if (alternatives !== undefined)
    throw new InputError(
      "Cannot tell log-probabilities of a prompt: ask for either 'echo' or log-probabilities",
    );
}

function checkTools({ prompt, toolChoice }: TextRequest): void {
  const tools = 'messages' in prompt ? (prompt.tools ?? []) : [];
  const names = tools.map((tool) => tool.function.name);
  refuseUnless(tools.length <= mostTools, 'tools', tools.length, `at most ${mostTools}`);
  for (const [i, name] of names.entries()) {
    refuseUnless(
      /^[A-Za-z0-9_.-]{1,64}$/.test(name),
      `tools[${i}].function.name`,
      name,
      'letters, digits, _, - and .',
    );
    if (names.indexOf(name) < i)
      throw new InputError(`Cannot offer the tools: two are named '${name}'; rename one`);
  }
  if (toolChoice === undefined || toolChoice === 'none' || toolChoice === 'auto') return;
  if (tools.length === 0)
    throw new InputError(
      "Cannot require a call: 'tools' is empty; give functions, or leave 'tool_choice' out",
    );
  if (toolChoice !== 'required' && !names.includes(toolChoice.name))
    throw new InputError(
      `Cannot require a call of '${toolChoice.name}': the tools are ${names.join(', ')}; name one of them`,
    );
}

function isWhole(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function refuseUnless(holds: boolean, field: string, value: unknown, must: string): void {
  if (!holds)
    throw new InputError(`Cannot answer: '${field}' is ${JSON.stringify(value)}; it must be ${must}`);
}
