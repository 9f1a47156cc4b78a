// The lists of MLflow's answers whose order is not defined: they compare as sets, by these fields.
import { isObject, type Json, printJson } from './json.ts';

const lists: readonly { readonly place: RegExp; readonly keys: readonly string[] }[] = [
  // A run's or model's metrics; the top-level `metrics` of a history is ordered.
  {
    place: /\.(data|model|models\[\d+\])(\.data)?\.metrics$/,
    keys: ['key', 'run_id', 'dataset_name', 'step'],
  },
  // Histories of several runs: ordered within a run (equal keys keep their order), the runs by their random ids.
  { place: /^\$\.metrics$/, keys: ['run_id'] },
  { place: /\.(tags|params|model_params|request_metadata)$/, keys: ['key', 'value'] },
  { place: /\.aliases$/, keys: ['alias'] },
  { place: /\.latest_versions$/, keys: ['version'] },
  { place: /\.(model_inputs|model_outputs)$/, keys: ['model_id', 'step'] },
  { place: /\.records$/, keys: ['inputs'] },
  { place: /\.dataset_inputs$/, keys: ['dataset'] },
  { place: /\.dataset_summaries$/, keys: ['experiment_id', 'name', 'digest', 'context'] },
];

/** The fields that identify a member of the list at a place of an answer; none where the order counts. */
export function unorderedBy(place: string): readonly string[] | undefined {
  return lists.find((one) => one.place.test(place))?.keys;
}

/** What identifies a member: the values of the fields, or all of a member that is no object. */
export function memberKey(member: Json, keys: readonly string[]): string {
  if (!isObject(member)) return printJson(member);
  return keys
    .map((name) => member[name])
    .filter((value) => value !== undefined)
    .map((value) => (typeof value === 'string' ? value : printJson(value)))
    .join('|');
}
