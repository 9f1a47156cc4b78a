// The graphs of a run: the loss with its gradients for training, the loss alone for evaluation.
import { type Graph, gradient, type Tensor } from '../../engine/index.ts';
import { type CausalModel, GraphWeights, type Weights } from '../../models/index.ts';
import type { BuildOptions, Objective } from '../objectives/objective.ts';

/** What a run adds around the model's own weights: an adapter's, for example. */
export type WrapWeights = (base: GraphWeights) => {
  readonly weights: Weights;
  readonly tensor: (name: string) => Tensor;
};

export type StepGraphOptions = BuildOptions & {
  readonly key: string;
  readonly wrap?: WrapWeights;
  /** Names of the parameters whose gradients the graph gives, as outputs `gradient:NAME`. None for evaluation. */
  readonly trained: readonly string[];
};

/** Outputs: `loss`, `metric:NAME`, and `gradient:NAME` of each trained parameter. */
export function stepGraph<Batch>(
  model: CausalModel,
  objective: Objective<Batch>,
  options: StepGraphOptions,
): Graph {
  const base = new GraphWeights(model.parameters);
  const { weights, tensor } = options.wrap?.(base) ?? {
    weights: base,
    tensor: (name: string) => base.tensor(name),
  };
  const { loss, metrics } = objective.build(model, weights, options);
  const outputs: Record<string, Tensor> = { loss };
  for (const [name, value] of Object.entries(metrics)) outputs[`metric:${name}`] = value;
  const gradients = options.trained.length === 0 ? [] : gradient(loss, options.trained.map(tensor));
  options.trained.forEach((name, i) => {
    outputs[`gradient:${name}`] = gradients[i] as Tensor;
  });
  return { outputs };
}
