// The rows of the tables of inputs and outputs.
import type { Generated } from 'kysely';

/** `run`, `experiment`, `dataset` and `input` are row numbers; `model_id` is an id as clients know it. */
export type InputTables = {
  readonly datasets: {
    readonly id: Generated<number>;
    readonly experiment: number;
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema: string | null;
    readonly profile: string | null;
  };
  readonly dataset_inputs: { readonly id: Generated<number>; readonly run: number; readonly dataset: number };
  readonly dataset_input_tags: { readonly input: number; readonly key: string; readonly value: string };
  readonly model_inputs: { readonly id: Generated<number>; readonly run: number; readonly model_id: string };
  readonly model_outputs: {
    readonly id: Generated<number>;
    readonly run: number;
    readonly model_id: string;
    readonly step: number;
  };
};
