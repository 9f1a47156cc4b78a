// Matches RLIKE patterns in time linear in the text: all ways through the pattern are followed at once (Thompson's construction).
import {
  type Assertion,
  type CharacterClass,
  type PatternNode,
  parsePattern,
  type SetItem,
} from './pattern.ts';

type Instruction =
  | { readonly op: 'character'; readonly test: (code: number) => boolean }
  | { readonly op: 'assertion'; readonly assertion: Assertion }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'match' };

const CLASSES: Readonly<Record<CharacterClass, RegExp>> = {
  d: /^\d$/u,
  w: /^[\p{L}\p{N}\p{M}_]$/u,
  s: /^\s$/u,
  D: /^\D$/u,
  W: /^[^\p{L}\p{N}\p{M}_]$/u,
  S: /^\S$/u,
};

/** A function that tells whether the pattern is found anywhere in a text. @throws InputError when RLIKE does not take the pattern. */
export function compilePattern(source: string): (text: string) => boolean {
  const { root, ignoreCase } = parsePattern(source);
  const program: Instruction[] = [];
  emit(root, program, ignoreCase);
  program.push({ op: 'match' });
  return (text) =>
    search(
      program,
      Array.from(text, (character) => character.codePointAt(0) ?? 0),
    );
}

function emit(node: PatternNode, program: Instruction[], ignoreCase: boolean): void {
  if (node.kind === 'any') program.push({ op: 'character', test: () => true });
  else if (node.kind === 'assertion') program.push({ op: 'assertion', assertion: node.assertion });
  else if (node.kind === 'set') program.push({ op: 'character', test: setTest(node, ignoreCase) });
  else if (node.kind === 'sequence') for (const part of node.parts) emit(part, program, ignoreCase);
  else if (node.kind === 'choice') emitChoice(node.parts, program, ignoreCase);
  else emitRepeat(node, program, ignoreCase);
}

function emitChoice(parts: readonly PatternNode[], program: Instruction[], ignoreCase: boolean): void {
  const leaves: { first: number; second: number }[] = [];
  for (const [index, part] of parts.entries()) {
    const split = index < parts.length - 1 ? pushSplit(program) : undefined;
    emit(part, program, ignoreCase);
    if (split === undefined) continue;
    leaves.push(pushSplit(program));
    split.second = program.length;
  }
  for (const leave of leaves) {
    leave.first = program.length;
    leave.second = program.length;
  }
}

function emitRepeat(
  node: Extract<PatternNode, { kind: 'repeat' }>,
  program: Instruction[],
  ignoreCase: boolean,
): void {
  for (let count = 0; count < node.min; count += 1) emit(node.part, program, ignoreCase);
  if (node.max === undefined) {
    const start = program.length;
    const loop = pushSplit(program);
    emit(node.part, program, ignoreCase);
    const back = pushSplit(program);
    back.first = start;
    back.second = start;
    loop.second = program.length;
    return;
  }
  const exits: { second: number }[] = [];
  for (let count = node.min; count < node.max; count += 1) {
    exits.push(pushSplit(program));
    emit(node.part, program, ignoreCase);
  }
  for (const exit of exits) exit.second = program.length;
}

/** A split whose first way is what follows it; the second is filled in later. */
function pushSplit(program: Instruction[]): { first: number; second: number } {
  const split = { op: 'split' as const, first: program.length + 1, second: program.length + 1 };
  program.push(split);
  return split;
}

function setTest(
  node: Extract<PatternNode, { kind: 'set' }>,
  ignoreCase: boolean,
): (code: number) => boolean {
  const holds = (code: number): boolean => node.items.some((item) => itemHolds(item, code));
  if (!ignoreCase) return (code) => holds(code) !== node.negated;
  return (code) => {
    const character = String.fromCodePoint(code);
    const forms = [character, character.toLowerCase(), character.toUpperCase()];
    return forms.some((form) => holds(form.codePointAt(0) ?? 0)) !== node.negated;
  };
}

function itemHolds(item: SetItem, code: number): boolean {
  if ('class' in item) return CLASSES[item.class].test(String.fromCodePoint(code));
  return item.from <= code && code <= item.to;
}

/** Each character is looked at once, for every place in the program that some way has reached. */
function search(program: readonly Instruction[], codes: readonly number[]): boolean {
  const reached = new Int32Array(program.length).fill(-1);
  let places: readonly number[] = [];
  for (let at = 0; at <= codes.length; at += 1) {
    const follow = new Follow(program, { codes, at, reached });
    for (const place of places) follow.from(place);
    follow.from(0);
    if (follow.hasMatched) return true;
    const code = codes[at];
    if (code === undefined) return false;
    places = follow.waiting.filter((place) => takes(program[place], code)).map((place) => place + 1);
  }
  return false;
}

function takes(instruction: Instruction | undefined, code: number): boolean {
  return instruction?.op === 'character' && instruction.test(code);
}

/** Follows the ways that take no character, from each place once per position. */
class Follow {
  readonly waiting: number[] = [];
  hasMatched = false;
  readonly #program: readonly Instruction[];
  readonly #position: { codes: readonly number[]; at: number; reached: Int32Array };

  constructor(
    program: readonly Instruction[],
    position: { codes: readonly number[]; at: number; reached: Int32Array },
  ) {
    this.#program = program;
    this.#position = position;
  }

  from(start: number): void {
    const { codes, at, reached } = this.#position;
    const open = [start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (reached[place] === at) continue;
      reached[place] = at;
      const instruction = this.#program[place];
      if (instruction?.op === 'match') this.hasMatched = true;
      else if (instruction?.op === 'character') this.waiting.push(place);
      else if (instruction?.op === 'split') open.push(instruction.first, instruction.second);
      else if (instruction !== undefined && asserts(instruction.assertion, codes, at)) open.push(place + 1);
    }
  }
}

function asserts(assertion: Assertion, codes: readonly number[], at: number): boolean {
  if (assertion === 'start') return at === 0;
  if (assertion === 'end') return at === codes.length;
  const isBoundary = isWord(codes[at - 1]) !== isWord(codes[at]);
  return isBoundary === (assertion === 'boundary');
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && CLASSES.w.test(String.fromCodePoint(code));
}
