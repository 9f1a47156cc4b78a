// MLflow's own page on this server, in a browser. Needs both: the page built (HONE_MLFLOW_UI, or an installed `mlflow` on the path)
// and a Chromium (HONE_CHROMIUM, or the system's); without them the tests are skipped and their name says why.
import { existsSync, globSync, realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Stores, workflows } from '../src/app/index.ts';
import {
  mlflowEndpoints,
  mlflowFace,
  openArtifactRoots,
  openUi,
  type RunningServer,
  serve,
} from '../src/server/index.ts';

const ui = findUi();
const browserPath = [
  process.env.HONE_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync);
const reason =
  ui === undefined ? 'no built page of MLflow' : browserPath === undefined ? 'no Chromium' : undefined;
const test_ = test.skipIf(reason !== undefined);
const title = (what: string) => (reason === undefined ? what : `${what} (skipped: ${reason})`);

function findUi(): string | undefined {
  if (process.env.HONE_MLFLOW_UI !== undefined) return process.env.HONE_MLFLOW_UI;
  const programs = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'mlflow'));
  return programs
    .filter((program) => existsSync(program))
    .flatMap((program) =>
      globSync(join(dirname(realpathSync(program)), '../lib/python*/site-packages/mlflow/server/js/build')),
    )
    .find((build) => existsSync(join(build, 'index.html')));
}

let directory: string;
let stores: Stores;
let server: RunningServer;
let browser: Browser;
let page: Page;
let experimentId: string;
const runIds: string[] = [];
/** What the page was refused, and what failed in it. */
const faults: string[] = [];

beforeAll(async () => {
  if (ui === undefined || browserPath === undefined) return;
  directory = await mkdtemp(join(tmpdir(), 'hone-mlflow-ui-'));
  stores = await (await workflows.stores()).openStores({ data: join(directory, 'data') });
  const context = { ...stores, artifacts: await openArtifactRoots(stores.artifacts) };
  server = await serve({
    port: 0,
    faces: [mlflowFace(context, [...mlflowEndpoints, ...(await openUi(ui))])],
  });
  await fill();
  browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await stores?.close();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

beforeEach(async () => {
  if (reason !== undefined) return;
  page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
  page.setDefaultTimeout(15_000);
  page.on('response', (answer) => {
    if (answer.status() >= 400)
      faults.push(`${answer.status()} ${answer.request().method()} ${answer.url().slice(server.url.length)}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
});

afterEach(async () => {
  await page?.close();
  expect(faults.splice(0)).toEqual([]);
});

async function post(path: string, body: object) {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBe(200);
  return JSON.parse(await answer.text());
}

async function fill(): Promise<void> {
  experimentId = (await post('experiments/create', { name: 'vision' })).experiment_id;
  for (const index of [0, 1, 2]) {
    const created = { experiment_id: experimentId, run_name: `run ${index}`, start_time: Date.now() + index };
    const { info } = (await post('runs/create', created)).run;
    runIds.push(info.run_id);
    const metrics = Array.from({ length: 20 }, (_, step) => ({
      key: 'loss',
      value: index + 1 / (step + 1),
      timestamp: Date.now(),
      step,
    }));
    const params = [{ key: 'optimizer', value: `adam-${index}` }];
    await post('runs/log-batch', { run_id: info.run_id, metrics, params });
    await post('runs/update', { run_id: info.run_id, status: 'FINISHED', end_time: Date.now() + 1000 });
  }
  await upload('notes.txt', 'read me first');
  await upload('model/MLmodel', 'flavors: {}\n');
  await post('registered-models/create', { name: 'prices' });
  const source = `mlflow-artifacts:/${experimentId}/${runIds[0]}/artifacts/model`;
  await post('model-versions/create', { name: 'prices', source, run_id: runIds[0] });
  await post('registered-models/alias', { name: 'prices', alias: 'champion', version: '1' });
}

async function upload(path: string, body: string): Promise<void> {
  const address = `${server.url}/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runIds[0]}&path=${path}`;
  expect((await fetch(address, { method: 'POST', body })).status).toBe(200);
}

async function shows(path: string, ...texts: readonly string[]): Promise<void> {
  await page.goto(`${server.url}/#${path}`);
  for (const text of texts) await page.getByText(text).first().waitFor();
}

const filter = encodeURIComponent('metrics.loss > 0.5');

test_(title('the page lists experiments'), () => shows('/experiments', 'vision', 'Default'));

test_(title('the page lists runs, filtered and in order'), async () => {
  await shows(`/experiments/${experimentId}/runs`, 'run 0', 'run 1', 'run 2');
  const query = `searchFilter=${filter}&orderByKey=${encodeURIComponent('metrics.`loss`')}&orderByAsc=true`;
  await page.goto('about:blank');
  await shows(`/experiments/${experimentId}/runs?${query}`, 'run 1', 'run 2');
  await page.getByText('2 matching runs').waitFor();
});

test_(title('the page shows a run: parameters, charts, artifacts'), async () => {
  const run = `/experiments/${experimentId}/runs/${runIds[0]}`;
  await shows(run, 'adam-0', 'Finished', 'prices');
  await shows(`${run}/model-metrics`, 'loss');
  await page.locator('.js-plotly-plot .scatterlayer path').first().waitFor();
  await shows(`${run}/artifacts/notes.txt`, 'read me first');
});

test_(title('the page compares runs'), () =>
  shows(
    `/compare-runs?runs=${encodeURIComponent(JSON.stringify(runIds))}&experiments=${encodeURIComponent(JSON.stringify([experimentId]))}`,
    'Comparing 3 Runs from 1 Experiment',
    'adam-1',
  ),
);

test_(title('the page renames a run'), async () => {
  await shows(`/experiments/${experimentId}/runs/${runIds[2]}`, 'run 2');
  await page.locator('[data-testid="overflow-menu-trigger"]').first().click();
  await page.locator('[data-testid="overflow-rename-button"]').first().click();
  await page.locator('[role=dialog] input').first().fill('renamed here');
  await page.locator('[role=dialog] button:has-text("Save")').first().click();
  await page.getByText('renamed here').first().waitFor();
  expect((await stores.tracking.runs.get(runIds[2] ?? '')).info.name).toBe('renamed here');
});

test_(title('the page shows registered models, a version and its alias'), async () => {
  await shows('/models', 'prices');
  await shows('/models/prices', 'Version 1', 'champion');
  await shows('/models/prices/versions/1', 'champion', 'run 0');
});

test_(title('the page shows its tabs of traces, datasets, judges and prompts'), async () => {
  const experiment = `/experiments/${experimentId}`;
  await shows(`${experiment}/traces`, 'Traces');
  await shows(`${experiment}/datasets`, 'Datasets');
  await shows(`${experiment}/judges`, 'Judges');
  await shows(`${experiment}/evaluation-runs`, 'Evaluation runs');
  await shows('/prompts', 'Prompts');
  await shows('/gateway', 'AI Gateway');
});
