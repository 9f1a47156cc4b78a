// HTML text from templates: values are escaped unless they are HTML themselves.

/** Text that is HTML already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, HTML and lists of it go in as they are, nothing gives nothing. */
export type MarkupValue = string | number | Markup | undefined | readonly MarkupValue[];

/** A template whose values cannot break out of the HTML around them. */
export function html(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  const parts = values.map((value, i) => render(value) + (strings[i + 1] ?? ''));
  return new Markup((strings[0] ?? '') + parts.join(''));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => entities[character] ?? '');
  return typeof value === 'number' ? String(value) : value.map(render).join('');
}
