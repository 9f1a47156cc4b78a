// The one file that knows onnxruntime: makes sessions from graphs and runs them.
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ResourceError } from '../../core/index.ts';
import { bindDims, type DType, type Graph, inputsOf, type Tensor } from '../graph/index.ts';
import { type ExternalData, lowerGraph } from '../onnx/lower.ts';
import { encodeModel } from '../onnx/proto.ts';
import { orderNodes } from './execution-order.ts';
import { isUncopied, leaveUncopied } from './uncopied-outputs.ts';

/** Values of a tensor on the host, row-major. Booleans are bytes. */
export type HostData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor on the host. `data` may be a view into a larger buffer; nothing is copied on the way in. */
export type HostTensor = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: HostData;
};

export type HostTensors = Readonly<Record<string, HostTensor>>;

/** How sessions are made. */
export type SessionOptions = {
  /** Threads within an operation; 0 leaves it to onnxruntime: one for each physical core. */
  readonly threads?: number;
  /** Keep freed memory in onnxruntime's arena: faster for dynamic shapes, about twice the memory. Default false. */
  readonly arena?: boolean;
  /** Execution provider, 'cpu' unless told. */
  readonly provider?: string;
  /** For {@link Session.runInto} only: every output is written to the caller's memory. */
  readonly intoOnly?: boolean;
  /** Writes a trace of every operation beside this prefix. */
  readonly profile?: string;
};

type SessionParts = {
  readonly inputs: readonly Tensor[];
  readonly external: readonly ExternalData[];
};

/** A graph made ready to run. Close it to give its memory back. */
export class Session {
  readonly #session: InferenceSession;
  readonly #tensor: typeof OrtTensor;
  /** The graph's inputs, which feeds are checked against; none for a model that came as bytes. */
  readonly #inputs: readonly Tensor[];
  /** Names of the inputs that a run must provide. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  private constructor(session: InferenceSession, tensor: typeof OrtTensor, inputs: readonly Tensor[]) {
    this.#session = session;
    this.#tensor = tensor;
    this.#inputs = inputs;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  /** Lowers a graph and compiles it. */
  static async create(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const external: ExternalData[] = [];
    const model = orderNodes(lowerGraph(graph, { external }));
    const bytes = encodeModel(options.intoOnly === true ? leaveUncopied(model) : model);
    return Session.#compile(bytes, { ...options, inputs: inputsOf(graph), external });
  }

  /** Compiles an ONNX model's bytes. */
  static async fromBytes(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    return Session.#compile(bytes, { ...options, inputs: [], external: [] });
  }

  static async #compile(
    bytes: Uint8Array,
    { inputs, external, ...options }: SessionOptions & SessionParts,
  ): Promise<Session> {
    const ort = await loadRuntime();
    const session = await ort.InferenceSession.create(bytes, {
      ...sessionOptions(options),
      externalData: external,
    });
    return new Session(session, ort.Tensor, inputs);
  }

  /**
   * Runs the graph.
   * @param into outputs that are written to the given tensors' own memory, not to new memory. These must not
   *   overlap an input, except in graphs that `assertInPlaceSafe` accepts.
   * @throws TypeError when a feed is missing or does not fit: sizes that disagree would broadcast unseen
   */
  async run(feeds: HostTensors, into: HostTensors = {}): Promise<Record<string, HostTensor>> {
    const inputs = this.#inputsOf(feeds);
    const unknown = Object.keys(into).find((name) => !this.outputNames.includes(name));
    if (unknown !== undefined)
      throw new TypeError(`Cannot write output '${unknown}': the graph has none of that name`);
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of this.outputNames)
      fetches[name] = into[name] === undefined ? null : this.#wrap(into[name]);
    const results = await this.#session.run(inputs, fetches);
    const outputs: Record<string, HostTensor> = {};
    for (const [name, value] of Object.entries(results))
      outputs[name] = into[name] ?? unwrap(value as OrtTensor);
    return outputs;
  }

  /**
   * Runs the graph of a session made with `intoOnly`. Outputs of operations that are made for it, as `cachedAttention`,
   * may be given the memory of the inputs that they continue.
   * @param into memory of every output
   */
  async runInto(feeds: HostTensors, into: HostTensors): Promise<void> {
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of this.outputNames)
      fetches[name] = into[name] === undefined ? null : this.#wrap(into[name]);
    try {
      await this.#session.run(this.#inputsOf(feeds), fetches);
    } catch (error) {
      if (!isUncopied(error)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** Ends profiling, if it was asked for: the trace is then written. */
  endProfiling(): void {
    this.#session.endProfiling();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #inputsOf(feeds: HostTensors): Record<string, OrtTensor> {
    bindDims(this.#inputs, feeds);
    const inputs: Record<string, OrtTensor> = {};
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (feed === undefined) throw new TypeError(`Cannot run the graph: input '${name}' is missing`);
      inputs[name] = this.#wrap(feed);
    }
    return inputs;
  }

  #wrap({ dtype, data, shape }: HostTensor): OrtTensor {
    return new this.#tensor(dtype, data as never, shape);
  }
}

/** A float32 tensor. */
export function float32(data: Float32Array, shape: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, data };
}

/** An int64 tensor from numbers. */
export function int64(values: ArrayLike<number>, shape: readonly number[]): HostTensor {
  return { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}

function unwrap(value: OrtTensor): HostTensor {
  return { dtype: value.type as DType, shape: value.dims, data: value.data as HostData };
}

// Graphs come out of lowering in the form that runs: onnxruntime's own rewriting would merge recomputed segments again.
function sessionOptions({
  threads = 0,
  arena = false,
  provider = 'cpu',
  profile,
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    graphOptimizationLevel: 'disabled',
    enableCpuMemArena: arena,
    enableMemPattern: arena,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

/** The runtime's version, and the execution providers that this build of it has. */
export async function runtimeInfo(): Promise<{
  readonly version: string;
  readonly providers: readonly string[];
}> {
  const ort = await loadRuntime();
  return {
    version: ort.env.versions.node ?? 'unknown',
    providers: ort.listSupportedBackends().map(({ name }) => name),
  };
}

let runtime: Promise<typeof import('onnxruntime-node')> | undefined;

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  runtime ??= import('onnxruntime-node').catch((cause: unknown) => {
    throw new ResourceError(
      `Cannot load onnxruntime-node on ${process.platform}-${process.arch}; run 'npm ci' again, or see 'hone doctor'`,
      { cause },
    );
  });
  return runtime;
}
