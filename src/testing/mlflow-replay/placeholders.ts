// Placeholders: what differs from server to server, bound at the first answer that shows it and used from then on.

/** What a value of each kind looks like in MLflow; clients and tools rely on these shapes. */
const shapes: Readonly<Record<string, string>> = {
  run: '[0-9a-f]{32}',
  model: 'm-[0-9a-f]{32}',
  trace: 'tr-[0-9a-f]{32}',
  assessment: 'a-[0-9a-f]{32}',
  dataset: 'd-[0-9a-f]{32}',
  uuid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  experiment: '[1-9][0-9]*',
  name: '[a-z]+-[a-z]+-[0-9]+',
  digest: '[0-9a-f]{8}',
  token: '.+',
  instant: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)?',
  timeText: '[12][0-9]{12}',
  version: '\\d+\\.\\d+\\.\\d+',
  folder: '[^\'"]*',
};
const placeholder = /\{\{([A-Za-z]+)(?::(\d+))?(?::([^{}]))?\}\}/gu;

/** A number of milliseconds since 1970 that the server chose. */
export const timePlaceholder = '{{time}}';

/** Values bound so far in the replay of one flow. */
export class Bindings {
  readonly #values = new Map<string, string>();

  constructor(host: string) {
    this.#values.set('{{host}}', host);
  }

  /** The text with every placeholder filled, its value `encoded`; those not bound yet are named in `missing`. */
  fill(
    template: string,
    encoded = (value: string): string => value,
  ): { readonly text: string; readonly missing: readonly string[] } {
    const missing: string[] = [];
    const text = template.replaceAll(placeholder, (whole, kind: string, count: string, repeated: string) => {
      if (kind === 'repeat') return repeated.repeat(Number(count));
      const value = this.#values.get(whole);
      if (value === undefined) missing.push(whole);
      return value === undefined ? whole : encoded(value);
    });
    return { text, missing };
  }

  /** Whether an answer's text fits a template; placeholders not bound before are bound by it. */
  match(template: string, actual: string): boolean {
    if (!template.includes('{{')) return template === actual;
    const names: string[] = [];
    const found = new RegExp(`^${this.#pattern(template, names)}$`, 'su').exec(actual);
    if (found === null) return false;
    for (const [index, name] of names.entries()) this.#bind(name, found[index + 1]);
    return true;
  }

  /** The template with what is known filled in, to be shown. */
  show(template: string): string {
    return this.fill(template).text;
  }

  #bind(name: string, value: string | undefined): void {
    if (value !== undefined && /:\d+\}\}$/.test(name)) this.#values.set(name, value);
  }

  #pattern(template: string, names: string[]): string {
    let pattern = '';
    let end = 0;
    for (const found of template.matchAll(placeholder)) {
      pattern += literally(template.slice(end, found.index)) + this.#part(found, names);
      end = found.index + found[0].length;
    }
    return pattern + literally(template.slice(end));
  }

  #part([whole, kind = '', count, repeated = '']: RegExpExecArray, names: string[]): string {
    if (kind === 'repeat') return `${literally(repeated)}{${count}}`;
    const value = this.#values.get(whole);
    // MLflow's tokens are offsets, so that different searches give the same one; ours belong to their search.
    if (value !== undefined && kind !== 'token') return literally(value);
    const earlier = names.indexOf(whole);
    if (earlier >= 0 && count !== undefined) return `\\${earlier + 1}`;
    names.push(whole);
    return `(${shapes[kind] ?? `${literally(kind)}-[0-9a-f]{32}`})`;
  }
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
