// Turns what a run tells into its record. It stands inside the training loop: nothing in it waits, and nothing goes out of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CodeVersion,
  codeVersion,
  type Environment,
  environment,
  SystemMonitor,
} from '../../../../platform/index.ts';
import type { Spool } from '../../../../tracking/index.ts';
import {
  type MetricsRow,
  type RunEvent,
  type RunSummary,
  referenceNames,
  type TrainConfig,
} from '../../../../training/index.ts';
import { formatConfig } from '../../../../workspace/index.ts';
import { modelFiles } from './artifacts.ts';
import { dataInputs, environmentInput } from './inputs.ts';
import { openSpool } from './open-spool.ts';
import { runParams } from './params.ts';
import { plotPage } from './plots.ts';
import { redactedMembers, redactor, withoutSecretFiles } from './redact.ts';
import type { RecordSettings } from './settings.ts';
import { codeAndMachineTags, startTags, tagValue } from './tags.ts';

type Told<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;
type Facts = { readonly code: CodeVersion | undefined; readonly environment: Environment };

export type RunRecordOptions = {
  readonly settings: RecordSettings;
  readonly resume: boolean;
  /** What was run, for `mlflow.source.name`. */
  readonly source: string;
};

const diffBytes = 1_000_000;

/** Small files of a run's directory that its record has, where they are there. */
const recordedFiles = ['metrics.jsonl', 'summary.json', 'policy_samples.jsonl', 'reference_samples.jsonl'];

/** The record of one run, from its first event to its end. */
export class RunRecord {
  readonly #config: TrainConfig;
  readonly #options: RunRecordOptions;
  readonly #startTime = Date.now();
  readonly #facts: Promise<Facts>;
  readonly #redact = redactor();
  readonly #messages: string[] = [];
  readonly #pending: Promise<unknown>[] = [];
  #data: Told<'data'> | undefined;
  #spool: Spool | undefined;
  #others: readonly string[] = [];
  #isOver = false;
  #lastStep = -1;
  #monitor: SystemMonitor | undefined;

  constructor(config: TrainConfig, options: RunRecordOptions) {
    this.#config = config;
    this.#options = options;
    this.#facts = Promise.all([codeVersion('.', { diffBytes }), environment()]).then(([code, machine]) => ({
      code,
      environment: machine,
    }));
    this.#facts.catch(() => undefined);
  }

  /** What has been written; undefined as long as the run has not begun. */
  get spool(): Spool | undefined {
    return this.#spool;
  }

  /** Earlier records in the run's directory. */
  get others(): readonly string[] {
    return this.#others;
  }

  /** May throw, as the disk may. */
  observe(event: RunEvent): void {
    if (event.type === 'message') this.#messages.push(event.text);
    else if (event.type === 'data') this.#data = event;
    else if (event.type === 'start') this.#begin(event);
    else if (this.#isOver) return;
    else if (event.type === 'evaluation' && event.step === 0) this.#firstEvaluation(event.metrics);
    else if (event.type === 'step') this.#row(event.row);
    else if (event.type === 'checkpoint') this.#tags({ 'code.checkpoint.latest_step': String(event.step) });
  }

  /** Waits for what was begun beside the training, at most so many milliseconds, and writes how the run ended. */
  async end(
    outcome:
      | { readonly summary: RunSummary }
      | { readonly status: 'FAILED' | 'KILLED'; readonly reason: string },
    patience: number,
  ): Promise<void> {
    await within(patience, Promise.all([this.#monitor?.stop(), ...this.#pending]));
    if (this.#spool === undefined || this.#isOver) return;
    this.#warnings();
    if ('summary' in outcome) await this.#finish(outcome.summary);
    else {
      const { status, reason } = outcome;
      this.#tags(
        status === 'KILLED'
          ? { 'code.interrupted': 'true' }
          : { 'code.error': reason.split('\n', 1)[0] ?? reason },
      );
      this.#spool.append({ type: 'status', status, endTime: Date.now() });
    }
    this.#isOver = true;
  }

  #begin(event: Told<'start'>): void {
    const { settings, resume } = this.#options;
    const { destination, experiment, name, runId } = settings;
    const tags = this.#tagList(startTags(this.#config, { settings, ...event }));
    const header = {
      destination,
      identity: event.fingerprint,
      experiment,
      name: this.#redact(name),
      userId: tags.find(({ key }) => key === 'mlflow.user')?.value ?? '',
      startTime: this.#startTime,
      tags,
      ...(runId !== undefined && { runId }),
    };
    const { spool, isNew, others } = openSpool(this.#config.output, { resume, header });
    this.#spool = spool;
    this.#others = others;
    this.#lastStep = spool.state.lastStep.training;
    // A finished run that is resumed takes no step: its record stays as it is
    this.#isOver = spool.state.status === 'FINISHED';
    if (this.#isOver) return;
    if (isNew) this.#introduce(event);
    if (!isNew || runId !== undefined) spool.append({ type: 'status', status: 'RUNNING' });
    if (!isNew) this.#tags({ 'code.interrupted': 'false' });
    // Before it becomes YAML, in which a text may look different
    this.#text('config.yaml', formatConfig(redactedMembers(this.#config, this.#redact)));
    this.#catchUp(event.fromStep);
    this.#watchMachine(spool);
  }

  /** What a record holds once. */
  #introduce(event: Told<'start'>): void {
    const params = runParams(this.#config, { ...event, data: this.#data });
    const listed = this.#listed(params);
    for (let at = 0; at < listed.length; at += 100)
      this.#spool?.append({ type: 'params', params: listed.slice(at, at + 100) });
    const identity = join(this.#config.output, 'run.json');
    this.#quietly(() => this.#text('run.json', readFileSync(identity, 'utf8')));
    if (this.#data) this.#text('data/first-example.txt', exampleText(this.#data));
    this.#beside(this.#describePlace(event.fingerprint));
    this.#beside(
      dataInputs(this.#config, this.#data).then((datasets) =>
        this.#spool?.append({ type: 'inputs', datasets }),
      ),
    );
  }

  async #describePlace(specFingerprint: string): Promise<void> {
    const facts = await this.#facts;
    const { source } = this.#options;
    this.#tags(codeAndMachineTags(this.#config, { source, specFingerprint, ...facts }));
    this.#spool?.append({ type: 'inputs', datasets: [environmentInput(source, facts)] });
    this.#text('environment.json', `${JSON.stringify(facts.environment, null, 2)}\n`);
    const { diff } = facts.code ?? {};
    if (diff === undefined) return;
    const cut = diff.isCut ? '\n(cut off here)\n' : '';
    this.#text('code/diff.patch', withoutSecretFiles(diff.text) + cut);
  }

  /** Steps up to a checkpoint that this record does not have: it was begun later, or lost its end with the machine. */
  #catchUp(fromStep: number): void {
    if (fromStep <= this.#lastStep) return;
    const read = (name: string) => readFileSync(join(this.#config.output, name), 'utf8');
    if (this.#lastStep < 0)
      this.#quietly(() => this.#firstEvaluation(JSON.parse(read('eval-before.json')) as Numbers));
    this.#quietly(() => {
      for (const line of read('metrics.jsonl').split('\n').slice(0, -1)) {
        const row = JSON.parse(line) as MetricsRow;
        if (row.step <= fromStep) this.#row(row);
      }
    });
  }

  #watchMachine(spool: Spool): void {
    const { systemMetricsInterval: intervalSeconds } = this.#options.settings;
    if (intervalSeconds === null) return;
    let step = spool.state.lastStep.system;
    const onSample = (metrics: ReadonlyMap<string, number>, timestamp: number) => {
      if (metrics.size === 0 || this.#isOver) return;
      step++;
      spool.append({
        type: 'metrics',
        series: 'system',
        step,
        timestamp,
        values: Object.fromEntries(metrics),
      });
    };
    this.#monitor = new SystemMonitor({ intervalSeconds, onSample });
    this.#monitor.start();
  }

  #firstEvaluation(metrics: Numbers): void {
    const isNamed = this.#config.metric_names === 'reference';
    const named = isNamed ? referenceNames(metrics, 'eval', this.#config) : {};
    this.#metrics(0, { ...evaluated(metrics), ...named });
  }

  #row({ step, ...values }: MetricsRow): void {
    this.#metrics(step, values);
  }

  /** A step that was trained again after a resume is there already. */
  #metrics(step: number, values: Numbers): void {
    if (step <= this.#lastStep) return;
    this.#lastStep = step;
    this.#spool?.append({ type: 'metrics', series: 'training', step, timestamp: Date.now(), values });
  }

  async #finish(summary: RunSummary): Promise<void> {
    const { output } = this.#config;
    const { artifacts, name } = this.#options.settings;
    const timestamp = Date.now();
    const one = (step: number, values: Numbers) =>
      this.#spool?.append({ type: 'metrics', series: 'training', step, timestamp, values });
    one(summary.steps, { train_runtime: summary.seconds });
    if (summary.best !== null) one(summary.best.step, { best_eval_loss: summary.best.loss });
    const files = await modelFiles(output, summary, artifacts).catch(() => []);
    const rows = this.#rows();
    if (rows.length > 0) this.#text('plots/training.html', plotPage(name, rows, summary.evalBefore));
    for (const file of recordedFiles)
      this.#quietly(() => this.#text(file, readFileSync(join(output, file), 'utf8')));
    // Before the large files: whoever watches the tracker sees that the run is done
    this.#spool?.append({ type: 'status', status: 'FINISHED', endTime: timestamp });
    for (const { path, file } of files) this.#spool?.artifact(path, { file });
    if (files.length > 0) this.#tags({ 'code.artifact.available': 'true' });
  }

  #rows(): MetricsRow[] {
    const rows: MetricsRow[] = [];
    this.#quietly(() => {
      const text = readFileSync(join(this.#config.output, 'metrics.jsonl'), 'utf8');
      for (const line of text.split('\n').slice(0, -1)) rows.push(JSON.parse(line) as MetricsRow);
    });
    return rows;
  }

  #warnings(): void {
    if (this.#messages.length === 0) return;
    const text = this.#messages.join('\n');
    this.#tags({ 'code.warnings': text });
    this.#text('messages.txt', `${text}\n`);
  }

  #tags(tags: Readonly<Record<string, string>>): void {
    this.#spool?.append({ type: 'tags', tags: this.#tagList(tags) });
  }

  #text(path: string, text: string): void {
    if (this.#options.settings.artifacts === 'none') return;
    this.#spool?.artifact(path, { text: this.#redact(text) });
  }

  /** Secrets first: one that is cut off could not be told. */
  #tagList(tags: Readonly<Record<string, string>>): { readonly key: string; readonly value: string }[] {
    return this.#listed(tags).map(({ key, value }) => ({ key, value: tagValue(key, value) }));
  }

  #listed(record: Readonly<Record<string, string>>): { readonly key: string; readonly value: string }[] {
    return Object.entries(record).map(([key, value]) => ({ key, value: this.#redact(value) }));
  }

  /** Work beside the training; a file that is gone meanwhile is left out. */
  #beside(work: Promise<unknown>): void {
    this.#pending.push(work.catch(() => undefined));
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch {
      // A file that is not there is left out of the record
    }
  }
}

type Numbers = Readonly<Record<string, number>>;

function evaluated(metrics: Numbers): Numbers {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
}

/** The first example as the model sees it, what is trained between double brackets. */
function exampleText({ first }: Told<'data'>): string {
  return first
    .map(({ name, segments }) => {
      const text = segments.map((segment) => (segment.trained ? `[[${segment.text}]]` : segment.text));
      return `-- ${name}\n${text.join('')}\n`;
    })
    .join('');
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
