// What an objective is: a loss over a model's outputs, the inputs it reads, and the metrics it reports.
import type { HostTensors, Tensor } from '../../engine/index.ts';
import type { CausalModel, Weights } from '../../models/index.ts';

/** The part of a step graph that an objective builds. */
export type ObjectiveGraph = {
  /** float32 scalar: this micro-batch's share of the loss of the whole effective batch. */
  readonly loss: Tensor;
  /** float32 scalars and vectors by name. */
  readonly metrics: Readonly<Record<string, Tensor>>;
};

export type BuildOptions = {
  /** Adds what is only reported: entropy, accuracy, mean logits. */
  readonly metrics: boolean;
  /** Recomputes each layer in the backward pass: less memory, about a third more time. */
  readonly recompute: boolean;
};

/**
 * An objective for one kind of batch.
 * `key` names the graph that a batch needs: batches of one key share a compiled graph.
 */
export interface Objective<Batch> {
  readonly name: string;
  key(batch: Batch): string;
  build(
    model: CausalModel,
    weights: Weights,
    options: BuildOptions & { readonly key: string },
  ): ObjectiveGraph;
  feeds(batch: Batch): HostTensors;
}
