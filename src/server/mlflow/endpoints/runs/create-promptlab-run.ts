// POST runs/create-promptlab-run, below /ajax-api only: a prompt that was tried on the page, as a run with its table of results.
import { InputError } from '../../../../core/index.ts';
import { below, requestedPath } from '../../artifacts/artifact-name.ts';
import type { MlflowContext } from '../../context.ts';
import { endpoint } from '../../endpoint.ts';
import { logged, runMessage, toRunMessage } from '../../messages/run.ts';
import { type Field, type Infer, int64, message, repeated, required, string } from '../../wire/index.ts';

/** Text; the page also sends numbers and booleans, as which they are written. */
const text: Field<string, 'optional'> = {
  ...string(),
  read: (json) => string().read(typeof json === 'number' || typeof json === 'boolean' ? String(json) : json),
};
const parameter = message({ key: required(string()), value: required(text) });
type Parameters = readonly Infer<typeof parameter>[];

const resultsName = 'eval_results_table.json';

export const createPromptlabRun = endpoint({
  route: 'POST /ajax-api/2.0/mlflow/runs/create-promptlab-run',
  request: {
    experiment_id: string(),
    run_name: string(),
    tags: repeated(logged),
    prompt_template: string(),
    prompt_parameters: repeated(parameter),
    model_route: string(),
    model_parameters: repeated(parameter),
    model_input: string(),
    model_output: string(),
    model_output_parameters: repeated(parameter),
    mlflow_version: string(),
    user_id: string(),
    start_time: int64(),
  },
  response: { run: runMessage },
  handle: async ({ request, context }) => {
    const template = demand('prompt_template', request.prompt_template);
    const modelRoute = demand('model_route', request.model_route);
    const input = demand('model_input', request.model_input);
    demand('prompt_parameters', request.prompt_parameters[0]?.key);
    const { info } = await context.tracking.runs.create({
      experimentId: demand('experiment_id', request.experiment_id),
      userId: request.user_id ?? 'unknown',
      name: request.run_name ?? '',
      startTime: request.start_time ?? Date.now(),
      tags: request.tags,
    });
    const params = [
      ...request.model_parameters,
      { key: 'model_route', value: modelRoute },
      { key: 'prompt_template', value: template },
    ];
    await context.tracking.log.batch(info.runId, { metrics: [], params, tags: resultTags });
    const outputs = [
      { key: 'prompt', value: input },
      { key: 'output', value: request.model_output ?? '' },
      ...request.model_output_parameters,
    ];
    await writeResults(context, info.artifactUri, [...request.prompt_parameters, ...outputs]);
    await context.tracking.runs.update(info.runId, { status: 'FINISHED', endTime: Date.now() });
    return { run: toRunMessage(await context.tracking.runs.get(info.runId)) };
  },
});

const resultTags = [
  { key: 'mlflow.loggedArtifacts', value: `[{"path": "${resultsName}", "type": "table"}]` },
  { key: 'mlflow.runSourceType', value: 'PROMPT_ENGINEERING' },
];

function demand(name: string, value: string | undefined): string {
  if (value === undefined || value === '')
    throw new InputError(`CreatePromptlabRun request must specify ${name}.`);
  return value;
}

/** The table that the page shows: one row. */
async function writeResults(context: MlflowContext, artifactUri: string, cells: Parameters): Promise<void> {
  const { store, folder } = context.artifacts.placeOf(artifactUri);
  const table = { columns: cells.map(({ key }) => key), data: [cells.map(({ value }) => value)] };
  await store.write(below(folder, requestedPath(resultsName)), Buffer.from(JSON.stringify(table)));
}
