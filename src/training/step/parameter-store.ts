// The parameters of a run: what is trained lies in one flat buffer, so that the optimiser sees a single vector.
import { FlatVectors, float32, type HostTensor } from '../../engine/index.ts';
import type { ParameterSpec } from '../../models/index.ts';

/** Where a trained parameter lies in the flat buffer. */
export type Span = { readonly spec: ParameterSpec; readonly start: number; readonly end: number };

/**
 * Trained and frozen parameters.
 * Trained ones are laid out with all that decay first, so that weight decay ends at one index.
 */
export class ParameterStore {
  /** Trained parameters in the order of the flat buffer. */
  readonly spans: readonly Span[];
  /** Values of the trained parameters. */
  readonly trained: Float32Array;
  /** Weight decay applies to the elements before this index. */
  readonly decayEnd: number;
  readonly #tensors: ReadonlyMap<string, HostTensor>;
  readonly #vectors: FlatVectors;

  constructor(trained: readonly ParameterSpec[], frozen: readonly ParameterSpec[] = []) {
    const ordered = [...trained.filter((spec) => spec.decay), ...trained.filter((spec) => !spec.decay)];
    const spans: Span[] = [];
    let end = 0;
    let decayEnd = 0;
    for (const spec of ordered) {
      const start = end;
      end += elements(spec);
      if (spec.decay) decayEnd = end;
      spans.push({ spec, start, end });
    }
    this.spans = spans;
    this.decayEnd = decayEnd;
    this.#vectors = new FlatVectors(end);
    this.trained = this.#vectors.take();
    const tensors = spans.map((span) => [span.spec.name, viewOf(this.trained, span)] as const);
    const still = frozen.map(
      (spec) => [spec.name, float32(new Float32Array(elements(spec)), spec.shape)] as const,
    );
    this.#tensors = new Map([...tensors, ...still]);
  }

  /** Zeros as long as the flat buffer, beside it in memory: gradients, moments. */
  newVector(): Float32Array {
    return this.#vectors.take();
  }

  /** Every parameter by name; trained ones are views of the flat buffer. */
  get tensors(): ReadonlyMap<string, HostTensor> {
    return this.#tensors;
  }

  /** The memory of one parameter. */
  values(name: string): Float32Array {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new TypeError(`Cannot find parameter '${name}' in the run`);
    return tensor.data as Float32Array;
  }

  /** Parts of another flat buffer (gradients, moments) by the names of the trained parameters. */
  views(buffer: Float32Array): Map<string, HostTensor> {
    return new Map(this.spans.map((span) => [span.spec.name, viewOf(buffer, span)]));
  }
}

function elements(spec: ParameterSpec): number {
  return spec.shape.reduce((product, size) => product * size, 1);
}

function viewOf(buffer: Float32Array, { spec, start, end }: Span): HostTensor {
  return float32(buffer.subarray(start, end), spec.shape);
}
