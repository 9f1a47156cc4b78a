// One optimiser step over micro-batches: run the step graph, add up gradients, clip, update.
import {
  euclideanNorm,
  FlatUpdate,
  type HostTensor,
  type HostTensors,
  type Optimizer,
  Session,
  type SessionOptions,
} from '../../engine/index.ts';
import type { CausalModel } from '../../models/index.ts';
import type { BuildOptions, Objective } from '../objectives/objective.ts';
import type { ParameterStore } from './parameter-store.ts';
import { stepGraph, type WrapWeights } from './step-graph.ts';

export type StepRunnerOptions = BuildOptions & {
  readonly wrap?: WrapWeights;
  readonly session?: SessionOptions;
};

/** A micro-batch's loss and metrics. */
export type BatchResult = {
  readonly loss: number;
  /** Scalars and vectors by name. */
  readonly metrics: Readonly<Record<string, Float32Array>>;
};

/** How an optimiser step is taken. */
export type UpdateOptions = {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Gradients are scaled down to this norm; undefined leaves them. */
  readonly maxGradNorm: number | undefined;
};

/** Compiled graphs of one objective, by the key of the batch. */
class SessionCache<Batch> {
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #create: (key: string) => Promise<Session>;
  readonly objective: Objective<Batch>;

  constructor(objective: Objective<Batch>, create: (key: string) => Promise<Session>) {
    this.objective = objective;
    this.#create = create;
  }

  get(batch: Batch): Promise<Session> {
    const key = this.objective.key(batch);
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#create(key);
      this.#sessions.set(key, session);
    }
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).close();
    this.#sessions.clear();
  }
}

/** Runs an objective without gradients: evaluation, reference log-probabilities. */
export class ForwardRunner<Batch> {
  readonly #cache: SessionCache<Batch>;
  readonly #parameters: ReadonlyMap<string, HostTensor>;

  constructor(
    model: CausalModel,
    objective: Objective<Batch>,
    { parameters, ...options }: StepRunnerOptions & { readonly parameters: ReadonlyMap<string, HostTensor> },
  ) {
    this.#parameters = parameters;
    this.#cache = new SessionCache(objective, (key) =>
      Session.create(stepGraph(model, objective, { ...options, key, trained: [] }), options.session),
    );
  }

  async run(batch: Batch): Promise<BatchResult> {
    const session = await this.#cache.get(batch);
    const feeds = { ...Object.fromEntries(this.#parameters), ...this.#cache.objective.feeds(batch) };
    return resultOf(await session.run(feeds));
  }

  close(): Promise<void> {
    return this.#cache.close();
  }
}

/** Runs training steps. Gradients of one step's micro-batches add up until {@link StepRunner.update}. */
export class StepRunner<Batch> {
  readonly #cache: SessionCache<Batch>;
  readonly #store: ParameterStore;
  readonly #update: FlatUpdate;
  readonly #slots: Readonly<Record<string, Float32Array>>;
  readonly #total: Float32Array;
  #part: Float32Array | undefined;
  #batches = 0;

  private constructor(cache: SessionCache<Batch>, store: ParameterStore, update: FlatUpdate) {
    this.#cache = cache;
    this.#store = store;
    this.#update = update;
    this.#slots = Object.fromEntries(update.slotNames.map((slot) => [slot, store.newVector()]));
    this.#total = store.newVector();
  }

  static async create<Batch>(
    model: CausalModel,
    objective: Objective<Batch>,
    options: StepRunnerOptions & { readonly store: ParameterStore; readonly optimizer: Optimizer },
  ): Promise<StepRunner<Batch>> {
    const trained = options.store.spans.map((span) => span.spec.name);
    const cache = new SessionCache(objective, (key) =>
      Session.create(stepGraph(model, objective, { ...options, key, trained }), options.session),
    );
    return new StepRunner(cache, options.store, await FlatUpdate.create(options.optimizer, options.session));
  }

  /** The optimiser's state by slot, in the order of the store's flat buffer: to be saved and restored. */
  get slots(): Readonly<Record<string, Float32Array>> {
    return this.#slots;
  }

  /**
   * Adds the gradient of one micro-batch.
   * @param extra inputs beside the batch: dropout masks
   */
  async accumulate(batch: Batch, extra: HostTensors = {}): Promise<BatchResult> {
    const first = this.#batches === 0;
    this.#part ??= first ? undefined : this.#store.newVector();
    const target = first ? this.#total : (this.#part as Float32Array);
    const session = await this.#cache.get(batch);
    const feeds = {
      ...Object.fromEntries(this.#store.tensors),
      ...this.#cache.objective.feeds(batch),
      ...extra,
    };
    const into: Record<string, HostTensor> = {};
    for (const [name, view] of this.#store.views(target)) into[`gradient:${name}`] = view;
    const outputs = await session.run(feeds, into);
    if (!first) await this.#update.accumulate(this.#total, target);
    this.#batches++;
    return resultOf(outputs);
  }

  /**
   * Takes the step and forgets the gradients.
   * @returns the norm of the gradient before clipping; when it is not finite, nothing was changed
   */
  async update({ maxGradNorm, ...step }: UpdateOptions): Promise<number> {
    const norm = euclideanNorm(this.#total);
    this.#batches = 0;
    if (!Number.isFinite(norm)) return norm;
    const state = { parameters: this.#store.trained, gradients: this.#total, slots: this.#slots };
    // As torch.nn.utils.clip_grad_norm_
    const gradientScale = maxGradNorm === undefined ? 1 : Math.min(1, maxGradNorm / (norm + 1e-6));
    await this.#update.apply(state, { ...step, gradientScale, decayEnd: this.#store.decayEnd });
    return norm;
  }

  async close(): Promise<void> {
    await this.#cache.close();
    await this.#update.close();
  }
}

function resultOf(outputs: HostTensors): BatchResult {
  const metrics: Record<string, Float32Array> = {};
  for (const [name, { data }] of Object.entries(outputs)) {
    if (name.startsWith('metric:')) metrics[name.slice('metric:'.length)] = data as Float32Array;
  }
  const loss = outputs.loss as HostTensor;
  return { loss: (loss.data as Float32Array)[0] as number, metrics };
}
