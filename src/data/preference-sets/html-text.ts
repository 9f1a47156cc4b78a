// The text of a Stack Exchange post: its paragraphs and its code, as the reference DPO trainer takes them.

/** What stands outside of paragraphs and code (lists, quotations, headings) is left out, as is what is marked up within a paragraph. */
export function htmlText(html: string): string {
  const blocks: string[] = [];
  const open: { readonly name: string; text: string }[] = [];
  for (const [token, closing, tag = ''] of html.matchAll(
    /<!--[\s\S]*?-->|<(\/?)([a-z][a-z0-9]*)\b[^>]*>|[^<]+|</gi,
  )) {
    const name = tag.toLowerCase();
    if (name === '') {
      if (!token.startsWith('<!--')) addText(open, decoded(token));
    } else if (closing === '') {
      if (!isVoid.has(name)) open.push({ name, text: '' });
    } else if (open.some((element) => element.name === name)) {
      // What was left open within it ends with it
      while (open.at(-1)?.name !== name) close(open, blocks);
      close(open, blocks);
    }
  }
  while (open.length > 0) close(open, blocks);
  return blocks.join('\n\n');
}

type Element = { readonly name: string; text: string };

const isVoid: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'input', 'wbr', 'link', 'meta']);

/** Code takes all text within it, a paragraph its own. */
function addText(open: readonly Element[], text: string): void {
  const code = open.find(({ name }) => name === 'code');
  const target = code ?? open.at(-1);
  if (target !== undefined) target.text += text;
}

function close(open: Element[], blocks: string[]): void {
  const element = open.pop();
  if (element === undefined) return;
  const outermost = open[0]?.name;
  if (element.name === 'p' && outermost === undefined) blocks.push(element.text);
  const isBlock = outermost === undefined || outermost === 'pre';
  if (element.name === 'code' && isBlock) blocks.push(`<code>${element.text}</code>`);
}

const named: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  hellip: '\u2026',
  mdash: '\u2014',
  ndash: '\u2013',
};

function decoded(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return named[entity] ?? whole;
    const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
