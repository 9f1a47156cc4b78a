// Takes calls of functions out of an answer's text as it is written.
import { heldLength } from './stop-text.ts';
import type { ToolSyntax } from './tool-syntax.ts';

/** A piece of the answer: text, the beginning of a call, or a piece of its arguments. */
export type ToolPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'arguments'; readonly text: string };

const head =
  /^[\s,[]*\{\s*(?:"type"\s*:\s*"function"\s*,\s*)?"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=\{)/;
const pythonTag = '<|python_tag|>';

/** Text that cannot become a call is told as text: nothing of an answer is lost. */
export class ToolParser {
  readonly #syntax: ToolSyntax;
  readonly #names: ReadonlySet<string>;
  #mode: 'text' | 'head' | 'arguments' | 'tail' = 'text';
  #buffer = '';
  /** What opened the call under way, in case that it is none. */
  #opened = '';
  #calls = 0;
  #told = false;
  #value = new JsonValue();

  constructor(syntax: ToolSyntax, names: Iterable<string>) {
    this.#syntax = syntax;
    this.#names = new Set(names);
  }

  /** Characters that were taken and not told yet. */
  get held(): number {
    return this.#opened.length + this.#buffer.length;
  }

  push(text: string): ToolPiece[] {
    this.#buffer += text;
    const pieces: ToolPiece[] = [];
    while (this.#advance(pieces));
    return pieces;
  }

  /** What is left at the answer's end. */
  flush(): ToolPiece[] {
    const rest = this.#mode === 'tail' ? '' : this.#opened + this.#buffer;
    this.#buffer = this.#opened = '';
    const isGap = this.#calls > 0 && rest.trim() === '';
    return rest === '' || isGap ? [] : [{ type: 'text', text: rest }];
  }

  /** One step; false when more text is needed. */
  #advance(pieces: ToolPiece[]): boolean {
    if (this.#mode === 'text') return this.#text(pieces);
    if (this.#mode === 'head') return this.#head(pieces);
    if (this.#mode === 'arguments') return this.#arguments(pieces);
    return this.#tail();
  }

  #text(pieces: ToolPiece[]): boolean {
    const { open } = this.#syntax;
    if (open === undefined) return this.#bareStart(pieces);
    const at = this.#buffer.indexOf(open);
    if (at >= 0) {
      this.#tell(this.#buffer.slice(0, at), pieces, true);
      this.#buffer = this.#buffer.slice(at + open.length);
      this.#opened = open;
      this.#mode = 'head';
      return true;
    }
    const ready = this.#buffer.length - heldLength(this.#buffer, [open]);
    this.#buffer = this.#tell(this.#buffer.slice(0, ready), pieces, false) + this.#buffer.slice(ready);
    return false;
  }

  /** Where calls have no mark, an answer that begins with a brace may be one. */
  #bareStart(pieces: ToolPiece[]): boolean {
    const start = this.#buffer.trimStart();
    if (this.#told || this.#calls > 0) return this.#release(pieces);
    if (start === '' || (start.length < pythonTag.length && pythonTag.startsWith(start))) return false;
    const tagged = start.startsWith(pythonTag);
    if (!tagged && !start.startsWith('{')) return this.#release(pieces);
    this.#opened = tagged ? pythonTag : '';
    this.#buffer = tagged ? start.slice(pythonTag.length) : this.#buffer;
    this.#mode = 'head';
    return true;
  }

  #release(pieces: ToolPiece[]): boolean {
    this.#buffer = this.#tell(this.#buffer, pieces, false);
    return false;
  }

  /** Tells text; white space around calls is theirs. Returns what is held back. */
  #tell(text: string, pieces: ToolPiece[], callFollows: boolean): string {
    const isGap = text.trim() === '' && !this.#told;
    if (text === '' || (isGap && callFollows)) return '';
    if (isGap) return text;
    this.#told = true;
    pieces.push({ type: 'text', text });
    return '';
  }

  #head(pieces: ToolPiece[]): boolean {
    const found = head.exec(this.#buffer);
    if (found !== null) {
      const name: unknown = JSON.parse(found[1] ?? '""');
      if (typeof name === 'string' && (this.#opened !== '' || this.#names.has(name))) {
        this.#begin(name, pieces);
        this.#buffer = this.#buffer.slice(found[0].length);
        return true;
      }
      return this.#giveUp(pieces);
    }
    if (this.#syntax.open === undefined) return mayBecomeHead(this.#buffer) ? false : this.#giveUp(pieces);
    return this.#wholeCall(pieces);
  }

  /** A call whose members stand in another order is read once it is whole. */
  #wholeCall(pieces: ToolPiece[]): boolean {
    const end = this.#buffer.indexOf(this.#syntax.close);
    if (end < 0) return false;
    const made = parseCall(this.#buffer.slice(0, end));
    if (made === undefined || this.#syntax.kind !== 'hermes') return this.#giveUp(pieces);
    this.#begin(made.name, pieces);
    pieces.push({ type: 'arguments', text: made.arguments });
    this.#buffer = this.#buffer.slice(end);
    this.#mode = 'tail';
    return true;
  }

  #begin(name: string, pieces: ToolPiece[]): void {
    pieces.push({ type: 'call', name });
    this.#calls++;
    this.#told = false;
    this.#opened = '';
    this.#value = new JsonValue();
    this.#mode = 'arguments';
  }

  #giveUp(pieces: ToolPiece[]): boolean {
    pieces.push({ type: 'text', text: this.#opened + this.#buffer });
    this.#opened = this.#buffer = '';
    this.#told = true;
    this.#mode = 'text';
    return false;
  }

  #arguments(pieces: ToolPiece[]): boolean {
    const length = this.#value.take(this.#buffer);
    if (length > 0) pieces.push({ type: 'arguments', text: this.#buffer.slice(0, length) });
    this.#buffer = this.#buffer.slice(length);
    if (!this.#value.isWhole) return false;
    this.#mode = 'tail';
    return true;
  }

  /** From the end of the arguments to the end of the call. */
  #tail(): boolean {
    const { kind, close } = this.#syntax;
    if (kind === 'mistral') {
      const next = /[,\]]/.exec(this.#buffer);
      if (next === null) return false;
      this.#buffer = this.#buffer.slice(next.index + 1);
      this.#mode = next[0] === ',' ? 'head' : 'text';
      return true;
    }
    const end = kind === 'hermes' ? this.#buffer.indexOf(close) : this.#buffer.indexOf('}');
    if (end < 0) return false;
    this.#buffer = this.#buffer.slice(end + Math.max(1, close.length));
    this.#mode = 'text';
    return true;
  }
}

/** True while a brace may still begin a call: its first member is called `name` or `type`. */
function mayBecomeHead(text: string): boolean {
  const member = /^\s*\{\s*(.*)$/s.exec(text)?.[1] ?? '';
  return ['"name"', '"type"'].some((key) => member.startsWith(key) || key.startsWith(member));
}

function parseCall(text: string): { readonly name: string; readonly arguments: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined;
  const given = 'arguments' in value ? value.arguments : 'parameters' in value ? value.parameters : {};
  if (typeof value.name !== 'string') return undefined;
  return { name: value.name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
}

/** Finds the end of an object's text. */
class JsonValue {
  #depth = 0;
  #inString = false;
  #escaped = false;
  isWhole = false;

  /** Length of the part that belongs to the object. */
  take(text: string): number {
    for (let i = 0; i < text.length && !this.isWhole; i++) {
      this.#read(text[i] as string);
      if (this.isWhole) return i + 1;
    }
    return text.length;
  }

  #read(letter: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString) {
      if (letter === '\\') this.#escaped = true;
      if (letter === '"') this.#inString = false;
    } else if (letter === '"') this.#inString = true;
    else if (letter === '{' || letter === '[') this.#depth++;
    else if (letter === '}' || letter === ']') {
      this.#depth--;
      this.isWhole = this.#depth === 0;
    }
  }
}
