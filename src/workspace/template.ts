// The syntax of interpolation, as OmegaConf's: `${key}`, `${.sibling}`, `${resolver:argument,...}`, nested, escaped as `\${`.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is about the configuration's own ${...}
import { InputError } from '../core/index.ts';

/** A piece of a template: text, or an expression whose own text may hold further ones. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly key: Template }
  | { readonly kind: 'call'; readonly resolver: string; readonly args: readonly Template[] };

/** Text with expressions in it. */
export type Template = readonly TemplatePart[];

/** Parses text; throws InputError when a brace is not closed or an expression is empty. */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let plain = '';
  let at = 0;
  for (;;) {
    const start = text.indexOf('${', at);
    if (start === -1) break;
    const slashes = /\\*$/.exec(text.slice(at, start))?.[0].length ?? 0;
    // Before `${`, two backslashes stand for one and a single one for `${` itself.
    plain += text.slice(at, start - slashes) + '\\'.repeat(Math.floor(slashes / 2));
    if (slashes % 2 === 1) {
      plain += '${';
      at = start + 2;
      continue;
    }
    const end = closingBrace(text, start + 2);
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    parts.push(parseExpression(text.slice(start + 2, end)));
    plain = '';
    at = end + 1;
  }
  plain += text.slice(at);
  return plain === '' ? parts : [...parts, { kind: 'text', text: plain }];
}

/** Whether text needs {@link parseTemplate}: it holds an expression or the escape of one. */
export function isTemplate(text: string): boolean {
  return text.includes('${');
}

/** Text that {@link parseTemplate} reads as itself. */
export function escapeTemplate(text: string): string {
  return text.replace(/(\\*)\$\{/g, '$1$1\\${');
}

function parseExpression(text: string): TemplatePart {
  const [, resolver, rest = ''] = /^\s*([A-Za-z_][\w.]*):(.*)$/s.exec(text) ?? [];
  if (resolver === undefined) {
    if (text.trim() === '') throw new InputError("'${}' names no key; write ${key}");
    return { kind: 'reference', key: parseTemplate(text.trim()) };
  }
  return { kind: 'call', resolver, args: splitArguments(rest).map(parseArgument) };
}

function parseArgument(text: string): Template {
  const [, quote, quoted] = /^\s*(['"])(.*)\1\s*$/s.exec(text) ?? [];
  return quote === undefined || quoted === undefined ? parseTemplate(text.trim()) : parseTemplate(quoted);
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw new InputError(`the closing '}' of '${text.slice(from - 2)}' is missing`);
}

/** At the commas that lie in no quotes, braces or brackets. */
function splitArguments(text: string): string[] {
  const args = [''];
  let depth = 0;
  let quote = '';
  for (const character of text) {
    if (character === ',' && depth === 0 && quote === '') {
      args.push('');
      continue;
    }
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if ('{['.includes(character)) depth += 1;
    else if (']}'.includes(character)) depth -= 1;
    args.push(`${args.pop()}${character}`);
  }
  return args;
}
