// Opens MLflow's own pages in a browser, one after the other, so that the recording proxy sees what they ask for.
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';

type Ids = {
  readonly experiment: string;
  readonly runs: readonly string[];
  readonly model: string;
  readonly trace: string;
};

const [url = '', given = '{}'] = process.argv.slice(2);
const ids: Ids = JSON.parse(given);
const [first = '', second = ''] = ids.runs;
const selection = encodeURIComponent(JSON.stringify([first, second]));
const inExperiment = encodeURIComponent(JSON.stringify([ids.experiment]));
const experiment = `/experiments/${ids.experiment}`;

/** Pages by what they show; each is left open until it has been quiet for a while. */
const pages: Readonly<Record<string, string>> = {
  'experiments list': '/experiments',
  'experiment overview': experiment,
  'runs table': `${experiment}/runs`,
  'runs charts': `${experiment}/runs?compareRunsMode=CHART`,
  'runs artifacts': `${experiment}/runs?compareRunsMode=ARTIFACT`,
  'runs filtered and ordered': `${experiment}/runs?searchFilter=metrics.loss%20%3E%201&orderByKey=metrics.%60loss%60&orderByAsc=true&lifecycleFilter=Active`,
  'runs deleted': `${experiment}/runs?lifecycleFilter=Deleted`,
  'models of the experiment': `${experiment}/models`,
  'traces tab': `${experiment}/traces`,
  'one trace': `${experiment}/traces?selectedEvaluationId=${ids.trace}`,
  'evaluation runs': `${experiment}/evaluation-runs`,
  'datasets tab': `${experiment}/datasets`,
  'labeling sessions': `${experiment}/judges`,
  'run page': `${experiment}/runs/${first}`,
  'run model metrics': `${experiment}/runs/${first}/model-metrics`,
  'run system metrics': `${experiment}/runs/${first}/system-metrics`,
  'run traces': `${experiment}/runs/${first}/traces`,
  'run artifacts': `${experiment}/runs/${first}/artifacts`,
  'run artifact file': `${experiment}/runs/${first}/artifacts/a.txt`,
  compare: `/compare-runs?runs=${selection}&experiments=${inExperiment}`,
  'metric page': `/metric/loss?runs=${selection}&metric=%22loss%22&experiments=${inExperiment}&plot_metric_keys=%5B%22loss%22%5D`,
  'logged model page': `${experiment}/models/${ids.model}`,
  'logged model artifacts': `${experiment}/models/${ids.model}/artifacts`,
  'models list': '/models',
  'models filtered': '/models?searchQuery=sho',
  'model page': '/models/shown',
  'version page': '/models/shown/versions/1',
  'version comparison': `/compare-model-versions?name=%22shown%22&runs=${encodeURIComponent(JSON.stringify({ 1: first, 2: second }))}`,
  prompts: '/prompts',
};

async function visit(page: Page, name: string, path: string): Promise<void> {
  await step(name);
  await page.goto('about:blank');
  await page.goto(`${url}/#${path}`, { waitUntil: 'networkidle', timeout: 5_000 }).catch(() => undefined);
  await setTimeout(300);
}

async function step(name: string): Promise<void> {
  await fetch(`${url}/__step?${encodeURIComponent(name)}`);
}

const browser = await chromium.launch({
  executablePath: ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync) ?? 'chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1600, height: 1200 } });
for (const [name, path] of Object.entries(pages)) await visit(page, name, path);
await browser.close();
