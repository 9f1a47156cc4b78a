// The tag of a run that lists the models it made, as clients before MLflow 3 have it.
import { InputError, StateError } from '../../core/index.ts';
import { appendToJsonList } from '../json-list.ts';
import { foldJson, isJsonObject, type JsonValue, tryParseJson } from '../traces/json-text.ts';

export const modelHistoryTag = 'mlflow.log-model.history';

/** What of a model is listed. */
export type ModelRecord = { readonly [key: string]: JsonValue };

const mandatory = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];
const depthLimit = 100;

/**
 * Reads a model's own description (its MLmodel file as JSON) and takes from it what is listed.
 * @throws InputError, with MLflow's texts where it has one
 */
export function readModelRecord(json: string): ModelRecord {
  const model = tryParseJson(json);
  if (!isJsonObject(model)) throw new InputError(`Malformed model info. \n ${json} \n is not a valid JSON.`);
  const missing = mandatory.filter((field) => !Object.hasOwn(model, field));
  if (missing.length > 0)
    throw new InputError(
      `Model json is missing mandatory fields: {${missing.map((field) => `'${field}'`).join(', ')}}`,
    );
  if (depthOf(json) > depthLimit)
    throw new InputError(`Cannot keep a model that is nested more than ${depthLimit} deep; flatten it`);
  const { run_id = null, artifact_path = null, utc_time_created = null, model_uuid = null, flavors } = model;
  return {
    ...(run_id === null ? {} : { run_id }),
    ...(artifact_path === null ? {} : { artifact_path }),
    utc_time_created,
    model_uuid,
    flavors: withoutConfigs(flavors ?? {}),
  };
}

/** The tag's text with one more model. */
export function withModel(text: string | undefined, record: ModelRecord): string {
  if (text === undefined) return appendToJsonList('[]', record);
  if (!Array.isArray(tryParseJson(text)))
    throw new StateError(
      `Cannot note a model in the tag ${modelHistoryTag}: it holds ${JSON.stringify(text)}, which is no list; delete the tag`,
    );
  return appendToJsonList(text, record);
}

/** Flavors without their configurations, which may be long. */
function withoutConfigs(flavors: JsonValue): JsonValue {
  if (!isJsonObject(flavors))
    throw new InputError("Cannot note a model: its 'flavors' are no object; send one that names each flavor");
  return Object.fromEntries(Object.entries(flavors).map(([name, flavor]) => [name, withoutConfig(flavor)]));
}

function withoutConfig(flavor: JsonValue): JsonValue {
  if (!isJsonObject(flavor)) return flavor;
  return Object.fromEntries(Object.entries(flavor).filter(([key]) => key !== 'config'));
}

function depthOf(json: string): number {
  const scalar = () => 0;
  const around = (depths: readonly number[]) => 1 + depths.reduce((most, depth) => Math.max(most, depth), 0);
  return foldJson<number>(json, {
    null: scalar,
    boolean: scalar,
    string: scalar,
    number: scalar,
    array: around,
    object: (members) => around(members.map(([, depth]) => depth)),
  });
}
