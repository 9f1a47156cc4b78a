// Calls of functions as a grammar: their names are known and their arguments satisfy the functions' schemas.
import { InputError } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import {
  anyObject,
  choice,
  type Expression,
  type Grammar,
  jsonRules,
  literal,
  nothing,
  optional,
  repeat,
  rule,
  schemaGrammar,
  sequence,
  space,
  symbol,
  tokenSymbol,
} from '../constraints/index.ts';
import type { Tool } from './text-request.ts';
import type { ToolSyntax } from './tool-syntax.ts';

/** What an answer with tools may be. */
export type ToolAnswer = {
  readonly syntax: ToolSyntax;
  readonly tools: readonly Tool[];
  /** The answer must be calls. */
  readonly isForced: boolean;
  /** Several calls. */
  readonly isParallel: boolean;
  /** What an answer without calls must be; absent: any text. */
  readonly form?: Grammar;
};

const newLine = optional(literal('\n'));
const byte = symbol([0, 255]);

/**
 * The grammar of an answer; undefined where nothing can be held to: a call that is not marked off from text.
 * @throws InputError for a schema that cannot be enforced, where the function is strict or must be called
 */
export function toolGrammar(tokenizer: Tokenizer, answer: ToolAnswer): Grammar | undefined {
  const { syntax, isForced, form } = answer;
  const rules = new Map<string, Expression>([...jsonRules, ...(form?.rules ?? [])]);
  const call = choice(...answer.tools.map((tool) => callExpression(tool, answer, rules)));
  const calls = callsExpression(tokenizer, call, answer);
  if (isForced) return { root: calls, rules };
  if (form !== undefined) return { root: choice(form.root, calls), rules };
  if (syntax.open === undefined) return undefined;
  return { root: textWithCalls(tokenizer, call, { answer, rules }), rules };
}

/** The object that says a call. */
function callExpression(tool: Tool, answer: ToolAnswer, rules: Map<string, Expression>): Expression {
  const { name } = tool.function;
  const member = (key: string, value: Expression) =>
    sequence(literal(`${JSON.stringify(key)}:`), space, value);
  return sequence(
    literal('{'),
    space,
    member('name', literal(JSON.stringify(name))),
    literal(','),
    space,
    member(answer.syntax.argumentsKey, argumentsExpression(tool, answer, rules)),
    space,
    literal('}'),
  );
}

function argumentsExpression(
  { function: { name, parameters, strict } }: Tool,
  { isForced }: ToolAnswer,
  rules: Map<string, Expression>,
): Expression {
  try {
    const schema = parameters ?? { type: 'object', properties: {}, additionalProperties: false };
    const grammar = schemaGrammar(schema, `function ${name}`);
    for (const [key, expression] of grammar.rules) rules.set(key, expression);
    return grammar.root;
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    if (!isForced && !strict) return anyObject;
    throw new InputError(`Cannot hold calls of the function '${name}' to its parameters: ${cause.message}`, {
      cause,
    });
  }
}

/** One call, or several where they may be. */
function callsExpression(
  tokenizer: Tokenizer,
  call: Expression,
  { syntax, isParallel }: ToolAnswer,
): Expression {
  const { kind, open, close } = syntax;
  if (kind === 'llama' || open === undefined) return call;
  const [begin, end] = [mark(tokenizer, open), mark(tokenizer, close)];
  if (kind === 'mistral') {
    const next = sequence(literal(','), space, call);
    return sequence(begin, space, literal('['), call, isParallel ? repeat(next, 0) : nothing, end);
  }
  const one = sequence(begin, newLine, call, newLine, end);
  return isParallel ? sequence(one, repeat(sequence(newLine, one), 0)) : one;
}

/** A mark as its special token, where it is one, else as text. */
function mark(tokenizer: Tokenizer, text: string): Expression {
  const id = tokenizer.tokenToId(text);
  return id !== null && tokenizer.isSpecial(id) ? tokenSymbol(id) : literal(text);
}

/** Any text; once a call is opened, it is held to. Behind a call there may be more text, where there may be more calls. */
function textWithCalls(
  tokenizer: Tokenizer,
  call: Expression,
  { answer, rules }: { readonly answer: ToolAnswer; readonly rules: Map<string, Expression> },
): Expression {
  const { open = '' } = answer.syntax;
  const id = tokenizer.tokenToId(open);
  if (id !== null && tokenizer.isSpecial(id))
    return sequence(repeat(byte, 0), optional(callsExpression(tokenizer, call, answer)));
  // The mark is watched for byte by byte, so that no text can hold it without beginning a call
  rules.set('opened call', openedCall(tokenizer, call, answer));
  const bytes = [...new TextEncoder().encode(open)];
  for (let matched = 0; matched < bytes.length; matched++)
    rules.set(`text ${matched}`, watch(bytes, matched));
  return rule('text 0');
}

/** What stands behind the mark that opens calls. */
function openedCall(tokenizer: Tokenizer, call: Expression, { syntax, isParallel }: ToolAnswer): Expression {
  const end = mark(tokenizer, syntax.close);
  if (syntax.kind === 'mistral') {
    const next = sequence(literal(','), space, call);
    return sequence(space, literal('['), call, isParallel ? repeat(next, 0) : nothing, end);
  }
  return sequence(newLine, call, newLine, end, isParallel ? rule('text 0') : nothing);
}

/** Text of whose end `matched` bytes of the mark are there (Knuth, Morris and Pratt, 1977). */
function watch(mark: readonly number[], matched: number): Expression {
  const targets = new Map<number, number>();
  for (const next of new Set(mark)) {
    const text = [...mark.slice(0, matched), next];
    let length = Math.min(text.length, mark.length);
    while (length > 0 && !text.slice(text.length - length).every((each, i) => each === mark[i])) length--;
    targets.set(next, length);
  }
  const options = [...targets].map(([next, length]) =>
    sequence(symbol([next, next]), rule(length === mark.length ? 'opened call' : `text ${length}`)),
  );
  const sorted = [...targets.keys()].sort((a, b) => a - b);
  const gaps = [...sorted, 256].map((bound, i): [number, number] => [(sorted[i - 1] ?? -1) + 1, bound - 1]);
  const others = symbol(...gaps.filter(([low, high]) => low <= high));
  return choice(nothing, sequence(others, rule('text 0')), ...options);
}
