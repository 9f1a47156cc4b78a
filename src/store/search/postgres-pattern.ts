// Writes an RLIKE pattern as PostgreSQL's advanced regular expressions spell it, so that both databases find the same.
import { type Assertion, type PatternNode, parsePattern, type SetItem } from './pattern.ts';

const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  start: '\\A',
  end: '\\Z',
  boundary: '\\y',
  notBoundary: '\\Y',
};

/** The pattern for PostgreSQL's `~`. @throws InputError when RLIKE does not take it. */
export function postgresPattern(source: string): string {
  const { root, ignoreCase } = parsePattern(source);
  return `***:${ignoreCase ? '(?i)' : ''}${write(root)}`;
}

function write(node: PatternNode): string {
  if (node.kind === 'any') return '.';
  if (node.kind === 'assertion') return ASSERTIONS[node.assertion];
  if (node.kind === 'set') return `[${node.negated ? '^' : ''}${node.items.map(writeItem).join('')}]`;
  if (node.kind === 'sequence') return node.parts.map(write).join('');
  if (node.kind === 'choice') return `(?:${node.parts.map(write).join('|')})`;
  return `(?:${write(node.part)})${writeBounds(node.min, node.max)}`;
}

function writeBounds(min: number, max: number | undefined): string {
  if (max === undefined && min < 2) return min === 0 ? '*' : '+';
  return max === undefined ? `{${min},}` : `{${min},${max}}`;
}

function writeItem(item: SetItem): string {
  if ('class' in item) return `\\${item.class}`;
  return item.from === item.to ? writeCode(item.from) : `${writeCode(item.from)}-${writeCode(item.to)}`;
}

function writeCode(code: number): string {
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
