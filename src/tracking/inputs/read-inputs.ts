// Reads what many runs read and made at once: a query per kind, and no more for kinds that no run has.
import type { Tables } from '../../store/index.ts';
import { isAmong } from '../among.ts';
import type { DatasetInput, ModelOutput, RunInputs, RunLinks } from './entities.ts';
import type { InputTables } from './tables.ts';

/** What a run without inputs and outputs has. */
export const noLinks: RunLinks = { inputs: { datasets: [], models: [] }, outputs: [] };

/** Inputs and outputs by the row number of their run, in the order in which they were logged; runs that have none are not there. */
export async function readInputs(
  tables: Pick<Tables<InputTables>, 'db' | 'dialect'>,
  runs: readonly number[],
): Promise<ReadonlyMap<number, RunLinks>> {
  const { db, dialect } = tables;
  const ofRuns = isAmong('run', runs, dialect);
  const datasets = await readDatasets(tables, runs);
  const models = await db
    .selectFrom('model_inputs')
    .select(['run', 'model_id'])
    .where(ofRuns)
    .orderBy('id')
    .execute();
  const outputs = await db
    .selectFrom('model_outputs')
    .select(['run', 'model_id', 'step'])
    .where(ofRuns)
    .orderBy('id')
    .execute();
  const modelsOf = Map.groupBy(models, ({ run }) => run);
  const outputsOf = Map.groupBy(outputs, ({ run }) => run);
  const found = new Set([...datasets.keys(), ...modelsOf.keys(), ...outputsOf.keys()]);
  return new Map(
    [...found].map((run) => {
      const inputs: RunInputs = {
        datasets: datasets.get(run) ?? [],
        models: (modelsOf.get(run) ?? []).map(({ model_id }) => model_id),
      };
      const made = outputsOf.get(run) ?? [];
      const outputs = made.map(({ model_id, step }): ModelOutput => ({ modelId: model_id, step }));
      return [run, { inputs, outputs }];
    }),
  );
}

async function readDatasets(
  { db, dialect }: Pick<Tables<InputTables>, 'db' | 'dialect'>,
  runs: readonly number[],
): Promise<ReadonlyMap<number, readonly DatasetInput[]>> {
  const ofRuns = isAmong('run', runs, dialect);
  const inputs = await db.selectFrom('dataset_inputs').selectAll().where(ofRuns).orderBy('id').execute();
  if (inputs.length === 0) return new Map();
  // Each once: schema and profile may be large, and runs of an experiment mostly share their datasets.
  const rows = await db
    .selectFrom('datasets')
    .selectAll()
    .where('id', 'in', (query) => query.selectFrom('dataset_inputs').select('dataset').where(ofRuns))
    .execute();
  const datasets = new Map(rows.map((row) => [row.id, toDataset(row)]));
  const tags = await db
    .selectFrom('dataset_input_tags as t')
    .innerJoin('dataset_inputs as i', 'i.id', 't.input')
    .select(['t.input', 't.key', 't.value'])
    .where(isAmong('i.run', runs, dialect))
    .orderBy('t.input')
    .orderBy('t.key')
    .execute();
  const tagsOf = Map.groupBy(tags, ({ input }) => input);
  const found = inputs.flatMap(({ id, run, dataset: number }) => {
    const dataset = datasets.get(number);
    if (dataset === undefined) return [];
    return { run, dataset, tags: (tagsOf.get(id) ?? []).map(({ key, value }) => ({ key, value })) };
  });
  return new Map(
    [...Map.groupBy(found, ({ run }) => run)].map(([run, group]) => [
      run,
      group.map(({ dataset, tags }) => ({ dataset, tags })),
    ]),
  );
}

type DatasetRow = {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
};

function toDataset({
  name,
  digest,
  source_type,
  source,
  schema,
  profile,
}: DatasetRow): DatasetInput['dataset'] {
  return {
    name,
    digest,
    sourceType: source_type,
    source,
    ...(schema === null ? {} : { schema }),
    ...(profile === null ? {} : { profile }),
  };
}
