// Lists in JSON that MLflow keeps in tags, written as Python writes them: clients compare them as texts.
import { type JsonValue, pythonJson } from './traces/json-text.ts';

/** The list with one more entry behind, the rest as it was. `text` is a list in JSON. */
export function appendToJsonList(text: string, entry: JsonValue): string {
  const rest = text.trimEnd().slice(0, -1).trimEnd();
  return `${rest}${rest.endsWith('[') ? '' : ', '}${pythonJson(entry, { ascii: true })}]`;
}
