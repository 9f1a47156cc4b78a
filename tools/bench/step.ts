// One training step measured: the same work as the peer's script (shapes, data, AdamW, clipping), one JSON line.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { tunedEnvironment } from '../../src/app/index.ts';
import { adamW } from '../../src/engine/index.ts';
import {
  type CausalModel,
  initializeParameters,
  LoraWeights,
  llamaModel,
  loraParameters,
  newLlamaConfig,
} from '../../src/models/index.ts';
import {
  answerLogProbs,
  ForwardRunner,
  ParameterStore,
  pairRows,
  preferenceObjective,
  StepRunner,
  sequenceRows,
  sftObjective,
  tokenMeanWeights,
  type WrapWeights,
} from '../../src/training/index.ts';

/** Hidden size, layers, heads, key-value heads, inner size, vocabulary, rows, length: as the peer's script. */
const shapes = {
  tiny: [128, 4, 4, 4, 344, 512, 8, 128],
  small: [384, 6, 6, 6, 1024, 2048, 4, 256],
  smol135: [576, 30, 9, 3, 1536, 49152, 4, 256],
} as const;

const options = {
  shape: { type: 'string', default: 'small' },
  objective: { type: 'string', default: 'sft' },
  adapter: { type: 'string', default: 'none' },
  steps: { type: 'string', default: '20' },
  threads: { type: 'string', default: '0' },
  /** dpo: 'step' runs the reference in every step as the peer does, 'cached' once before, as Hone's recipe does. */
  reference: { type: 'string', default: 'step' },
  /** Lays chosen and rejected out in rows of their own, computing the prompt twice, as the peer does. */
  'separate-rows': { type: 'boolean', default: false },
  metrics: { type: 'boolean', default: false },
  recompute: { type: 'boolean', default: false },
  profile: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options }).values;
}

/** Runs in a process of its own with the allocator settings that `hone train` uses. */
export async function runStep(args: readonly string[]): Promise<void> {
  const values = parse(args);
  const environment = tunedEnvironment();
  if (environment !== undefined && process.env.HONE_TUNED !== '1') {
    const child = spawnSync(process.execPath, process.argv.slice(1), {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    });
    process.exitCode = child.status ?? 1;
    return;
  }
  console.log(JSON.stringify(await measure(values)));
}

async function measure(values: Values): Promise<Record<string, unknown>> {
  const steps = Number(values.steps);
  const bench = await prepare(values);
  const times: number[] = [];
  const losses: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const start = performance.now();
    losses.push(await bench.step(i + 1));
    times.push((performance.now() - start) / 1000);
  }
  await bench.close();
  const [, ...settled] = times;
  const median = settled.sort((a, b) => a - b)[settled.length >> 1] as number;
  return {
    engine: 'hone',
    shape: values.shape,
    objective: values.objective,
    precision: 'fp32',
    adapter: values.adapter,
    compile: false,
    threads: Number(values.threads) || (await import('node:os')).availableParallelism(),
    parameters: bench.parameters,
    trained: bench.trained,
    step_ms: round(median * 1000, 2),
    tokens_per_second: round(bench.tokens / median, 1),
    pairs_per_second: values.objective === 'dpo' ? round(bench.pairs / median, 3) : null,
    first_step_s: round(times[0] as number, 2),
    loss_first: losses[0],
    loss_last: losses.at(-1),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...(values.objective === 'dpo'
      ? { reference: values.reference, shared_prompt: !values['separate-rows'] }
      : {}),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

type Bench = {
  readonly step: (step: number) => Promise<number>;
  readonly close: () => Promise<void>;
  readonly parameters: number;
  readonly trained: number;
  readonly tokens: number;
  readonly pairs: number;
};

async function prepare(values: Values): Promise<Bench> {
  const shape = shapes[values.shape as keyof typeof shapes];
  if (shape === undefined)
    throw new TypeError(`Cannot bench shape '${values.shape}'; known: ${Object.keys(shapes)}`);
  const [hiddenSize, layers, heads, keyValueHeads, intermediateSize, vocabSize, rows, length] = shape;
  const model = llamaModel(
    newLlamaConfig({
      hiddenSize,
      layers,
      heads,
      keyValueHeads,
      intermediateSize,
      vocabSize,
      maxPositions: length,
    }),
  );
  const { store, wrap } = traineeOf(model, values.adapter);
  const size = rows * length;
  const ids = Array.from({ length: size }, (_, i) => (i * 7 + (i >> 3)) % Math.min(vocabSize, 200));
  const row = (r: number) => ids.slice(r * length, (r + 1) * length);
  const session = {
    threads: Number(values.threads),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
  };
  const build = { metrics: values.metrics, recompute: values.recompute, session, ...(wrap && { wrap }) };
  const optimizer = adamW();
  const update = { learningRate: 3e-4, weightDecay: 0, maxGradNorm: 1 };
  const counts = {
    parameters: model.parameters.reduce((sum, spec) => sum + spec.shape.reduce((a, b) => a * b, 1), 0),
    trained: store.trained.length,
    tokens: size,
    pairs: rows / 2,
  };
  if (values.objective === 'sft') {
    const runner = await StepRunner.create(model, sftObjective, { ...build, store, optimizer });
    const sequences = Array.from({ length: rows }, (_, r) => ({
      ids: row(r),
      trained: row(r).map(() => true),
    }));
    const laidOut = sequenceRows(sequences, { padId: 0 });
    const batch = {
      rows: laidOut,
      tokenWeights: tokenMeanWeights(laidOut.labels.length, laidOut.labels.length),
    };
    const step = async (n: number) => {
      const { loss } = await runner.accumulate(batch);
      await runner.update({ ...update, step: n });
      return loss;
    };
    return { step, close: () => runner.close(), ...counts };
  }
  const half = rows / 2;
  const trained = ids.slice(0, length).map((_, i) => i >= length / 2);
  const pairs = Array.from({ length: half }, (_, p) => ({
    chosen: { ids: row(p), trained },
    rejected: { ids: [...row(p).slice(0, length / 2), ...row(half + p).slice(length / 2)], trained },
  }));
  const laidOut = pairRows(pairs, { padId: 0, sharePrompt: !values['separate-rows'] });
  const frozen = new ParameterStore([], model.parameters);
  for (const { name } of model.parameters) frozen.values(name).set(store.values(name));
  const reference = new ForwardRunner(model, answerLogProbs, {
    metrics: false,
    recompute: false,
    session,
    parameters: frozen.tensors,
  });
  const runner = await StepRunner.create(
    model,
    preferenceObjective({ loss: 'sigmoid', beta: 0.1, labelSmoothing: 0 }),
    { ...build, store, optimizer },
  );
  const logProbs = async () => {
    const { metrics } = await reference.run(laidOut);
    return { chosen: metrics.chosen as Float32Array, rejected: metrics.rejected as Float32Array };
  };
  const cached = values.reference === 'cached' ? await logProbs() : undefined;
  const step = async (n: number) => {
    const { loss } = await runner.accumulate({
      ...laidOut,
      reference: cached ?? (await logProbs()),
      pairWeight: 1 / half,
    });
    await runner.update({ ...update, step: n });
    return loss;
  };
  const close = async () => {
    await runner.close();
    await reference.close();
  };
  return { step, close, ...counts };
}

function traineeOf(
  model: CausalModel,
  adapter: string,
): { store: ParameterStore; wrap: WrapWeights | undefined } {
  if (adapter === 'none') {
    const store = new ParameterStore(model.parameters);
    initializeParameters(model, 0, (name) => store.values(name));
    return { store, wrap: undefined };
  }
  const config = { rank: 16, alpha: 32, dropout: 0, targets: 'all-linear', rsLora: false } as const;
  const parameters = loraParameters(model, config);
  const store = new ParameterStore(parameters, model.parameters);
  initializeParameters(model, 0, (name) => store.values(name));
  initializeParameters({ parameters }, 0, (name) => store.values(name));
  const wrap: WrapWeights = (base) => {
    const weights = new LoraWeights(base, { model, config, training: true });
    return {
      weights,
      tensor: (name) => weights.used.get(name) as NonNullable<ReturnType<typeof weights.used.get>>,
    };
  };
  return { store, wrap };
}
