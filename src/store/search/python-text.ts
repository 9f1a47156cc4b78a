// Values as Python prints them, because MLflow's messages carry them so.

/** A string as Python's repr() writes it. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(/[\p{Cc}]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

/** A list of strings as Python prints it. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonString).join(', ')}]`;
}

/** A tuple of strings as Python prints it. */
export function pythonTuple(texts: readonly string[]): string {
  return `(${texts.map(pythonString).join(', ')}${texts.length === 1 ? ',' : ''})`;
}

/** A set of strings as Python prints it, but in a fixed order: Python's own changes from process to process. */
export function pythonSet(texts: readonly string[]): string {
  return `{${texts.toSorted().map(pythonString).join(', ')}}`;
}
