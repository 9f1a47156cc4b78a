// What a recorded run reads: its data files, and the machine and versions that its numbers were made with.
import { fingerprint } from '../../../../core/index.ts';
import { expandPaths, type Row, readRows } from '../../../../data/index.ts';
import {
  type CodeVersion,
  codeTags,
  columnsOf,
  datasetSource,
  type Environment,
} from '../../../../platform/index.ts';
import type { DatasetInput } from '../../../../tracking/index.ts';
import type { TrainConfig } from '../../../../training/index.ts';

/** Rows by which columns are told. */
const shownRows = 100;

/** The data files as inputs. With `eval_fraction` both parts come from one input. */
export async function dataInputs(
  { data }: Pick<TrainConfig, 'data'>,
  counts: { readonly train: number; readonly cut: number; readonly dropped: number } | undefined,
): Promise<DatasetInput[]> {
  const statistics =
    counts === undefined ? {} : { examples: counts.train, cut: counts.cut, dropped: counts.dropped };
  const training = await datasetInput(data.train, 'training', statistics);
  return data.eval === null ? [training] : [training, await datasetInput(data.eval, 'eval', {})];
}

async function datasetInput(
  paths: string | readonly string[],
  context: string,
  statistics: Readonly<Record<string, number>>,
): Promise<DatasetInput> {
  const files = await expandPaths(paths);
  const columns = columnsOf(await firstRows(files));
  return {
    dataset: await datasetSource(files, { columns, statistics }),
    tags: [{ key: 'mlflow.data.context', value: context }],
  };
}

async function firstRows([file]: readonly string[]): Promise<readonly Row['row'][]> {
  const rows: Row['row'][] = [];
  if (file === undefined) return rows;
  for await (const { row } of readRows(file, { onFault: () => undefined })) {
    rows.push(row);
    if (rows.length === shownRows) break;
  }
  return rows;
}

/** The machine and the versions as an input: a search by its digest finds all runs that had the same. */
export function environmentInput(
  source: string,
  { environment, code }: { readonly environment: Environment; readonly code: CodeVersion | undefined },
): DatasetInput {
  const text = JSON.stringify(environment);
  return {
    dataset: {
      name: 'environment',
      digest: fingerprint(environment).slice(0, 32),
      sourceType: 'code',
      source: JSON.stringify({ tags: { ...codeTags(source, code), environment: text } }),
    },
    tags: [{ key: 'mlflow.data.context', value: 'environment' }],
  };
}
