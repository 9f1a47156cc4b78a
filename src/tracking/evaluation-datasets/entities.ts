// What evaluation datasets are made of.
import type { JsonValue, TextMap } from '../traces/index.ts';

/** Records by which an application is judged. Times are milliseconds since 1970. */
export type EvaluationDataset = {
  /** `d-` and 32 hexadecimal digits. */
  readonly datasetId: string;
  readonly name: string;
  readonly tags: TextMap;
  /** JSON: the type of each field met so far. Undefined while there are no records. */
  readonly schema: string | undefined;
  /** JSON: how many records there are. */
  readonly profile: string | undefined;
  /** Changes with every change of the records: 8 hexadecimal digits. */
  readonly digest: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string | undefined;
  readonly updatedBy: string | undefined;
};

/** The values are JSON texts, so that numbers keep their spelling. */
export type DatasetRecord = {
  /** `dr-` and 32 hexadecimal digits. */
  readonly recordId: string;
  readonly datasetId: string;
  readonly inputs: string;
  readonly outputs: string | undefined;
  readonly expectations: string | undefined;
  readonly tags: string;
  readonly source: string | undefined;
  readonly sourceId: string | undefined;
  readonly sourceType: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string | undefined;
  readonly updatedBy: string | undefined;
};

type JsonObject = { readonly [key: string]: JsonValue };

/** A record to add. Inputs that are there already get what is new. */
export type NewRecord = {
  readonly inputs: JsonObject;
  /** Undefined where they are not given, which differs from null. */
  readonly outputs: JsonValue | undefined;
  readonly expectations: JsonObject | undefined;
  readonly tags: JsonObject | undefined;
  readonly source: RecordSource | undefined;
};

export const recordSourceTypes = ['UNSPECIFIED', 'TRACE', 'HUMAN', 'DOCUMENT', 'CODE'] as const;

/** Where a record comes from. */
export type RecordSource = { readonly type: (typeof recordSourceTypes)[number]; readonly data: JsonObject };
