// Chat templates as transformers runs them: its globals, and the spans of `{% generation %}`.
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { InputError } from '../core/index.ts';
import { rewriteForPython, rewriteFunctions } from './jinja-rewrite.ts';
import { formatTime } from './strftime.ts';

/** A rendered conversation; `generated` are the spans marked as the assistant's words, in UTF-16 units. */
export type Rendered = {
  readonly text: string;
  readonly generated: readonly (readonly [start: number, end: number])[];
};

/** A compiled template. */
export type Template = {
  readonly hasMarks: boolean;
  /** @throws InputError if the template calls `raise_exception`. */
  readonly render: (variables: Readonly<Record<string, unknown>>, now: Date) => Rendered;
};

// Unicode noncharacters: they mean nothing in text and no tokenizer's template holds them.
const opened = '\ufdd0';
const closed = '\ufdd1';
const marks = /[\ufdd0\ufdd1]/;

/** @throws InputError if the text is not a Jinja template. */
export function compileTemplate(source: string): Template {
  const hasMarks = /\{%[-+]?\s*generation\s*[-+]?%\}/.test(source.replace(/\{#.*?#\}/gs, ''));
  try {
    const program = parse(tokenize(markGeneration(source), { lstrip_blocks: true, trim_blocks: true }));
    rewriteForPython(program);
    return { hasMarks, render: (variables, now) => splitMarks(run(program, variables, now)) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Cannot compile the chat template: ${reason}; correct the template`, { cause });
  }
}

/**
 * Lets the tags print a mark. The tags become block tags of the same kind, since white space before and after a block tag
 * is trimmed.
 */
function markGeneration(source: string): string {
  return source
    .replace(/\{%([-+]?)\s*generation\s*([-+]?)%\}/g, `{%$1 if true %}{{ "${opened}" }}{% if true $2%}`)
    .replace(/\{%([-+]?)\s*endgeneration\s*([-+]?)%\}/g, `{%$1 endif %}{{ "${closed}" }}{% endif $2%}`);
}

function run(
  program: ReturnType<typeof parse>,
  variables: Readonly<Record<string, unknown>>,
  now: Date,
): string {
  const environment = new Environment();
  const globals: Record<string, unknown> = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    ...rewriteFunctions,
    raise_exception: (reason: unknown) => {
      throw new InputError(`Cannot render the messages: the chat template refuses them: ${reason}`);
    },
    strftime_now: (format: unknown) => formatTime(now, String(format)),
  };
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return String(new Interpreter(environment).run(program).value);
}

function range(first: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, first] : [first, stop];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

/** Takes the marks out again and remembers where they stood. */
function splitMarks(rendered: string): Rendered {
  if (!marks.test(rendered)) return { text: rendered, generated: [] };
  const generated: [number, number][] = [];
  let text = '';
  let start = -1;
  for (const piece of rendered.split(/([\ufdd0\ufdd1])/)) {
    if (piece === opened && start < 0) start = text.length;
    else if (piece === closed && start >= 0) {
      // Templates may mark an answer and its end token apart.
      const last = generated.at(-1);
      if (last !== undefined && last[1] === start) last[1] = text.length;
      else if (text.length > start) generated.push([start, text.length]);
      start = -1;
    } else if (marks.test(piece)) {
      throw new InputError(
        'Cannot render the messages: they hold U+FDD0 or U+FDD1, which are not characters; remove them',
      );
    } else text += piece;
  }
  return { text, generated };
}
