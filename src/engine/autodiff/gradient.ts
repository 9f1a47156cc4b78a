// Reverse-mode differentiation: one walk from the loss to what is asked for.
import {
  add,
  type Node,
  nodesOf,
  type OpAttributes,
  type OpName,
  scalar,
  type Tensor,
  zeros,
} from '../graph/index.ts';
import { Recomputation } from './recompute.ts';
import {
  addRows,
  type Contribution,
  gradientRules,
  mergeRows,
  type RowUpdates,
  type RuleContext,
} from './rules.ts';

/**
 * The gradient of a scalar by each of several tensors, as more graph.
 * A tensor that the loss does not depend on gets zeros.
 * @param loss float32, shape []
 * @throws TypeError for a loss that is no scalar
 */
export function gradient(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.dtype !== 'float32' || loss.shape.length !== 0) {
    throw new TypeError(
      `Cannot differentiate a ${loss.dtype}[${loss.shape}]: reduce the loss to a float32 scalar`,
    );
  }
  const nodes = nodesOf([loss]);
  const relevant = dependents(nodes, wrt);
  const wanted = new Set(wrt);
  const gradients = new Gradients();
  const recomputation = new Recomputation();
  gradients.add(loss, scalar(1));
  for (const node of nodes.toReversed()) {
    if (!relevant.has(node) || node.inputs.length === 0) continue;
    const incoming = node.outputs.map((output) => gradients.take(output, wanted.has(output)));
    if (incoming.every((g) => g === undefined)) continue;
    const needed = node.inputs.map((input) => relevant.has(input.node));
    const rule = gradientRules[node.op] as (context: RuleContext<OpName>) => readonly Contribution[];
    const contributions = rule({
      inputs: recomputation.values(node, node.inputs),
      outputs: recomputation.values(node, node.outputs),
      attributes: node.attributes as OpAttributes[OpName],
      gradients: incoming,
      needed,
    });
    node.inputs.forEach((input, i) => {
      if (needed[i]) gradients.add(input, contributions[i]);
    });
  }
  return wrt.map((tensor) => gradients.take(tensor, true) ?? zeros(tensor.shape));
}

/** The nodes whose values depend on any of the tensors, these tensors' own nodes included. */
function dependents(nodes: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const result = new Set(wrt.map((tensor) => tensor.node));
  for (const node of nodes) {
    if (node.op !== 'stopGradient' && node.inputs.some((input) => result.has(input.node))) result.add(node);
  }
  return result;
}

/** What has been contributed to the gradient of each tensor so far. */
class Gradients {
  readonly #dense = new Map<Tensor, Tensor[]>();
  readonly #rows = new Map<Tensor, RowUpdates[]>();

  add(tensor: Tensor, contribution: Contribution): void {
    if (contribution === undefined) return;
    if ('updates' in contribution) push(this.#rows, tensor, contribution);
    else push(this.#dense, tensor, contribution);
  }

  /** The sum of the contributions; forgotten unless `keep`, so that it is built once. */
  take(tensor: Tensor, keep: boolean): Tensor | undefined {
    const dense = this.#dense.get(tensor)?.reduce((sum, part) => add(sum, part));
    const rows = this.#rows.get(tensor);
    this.#rows.delete(tensor);
    const total =
      rows === undefined
        ? dense
        : addRows(dense ?? zeros(tensor.shape), mergeRows(rows, tensor.shape.slice(1)));
    if (keep && total !== undefined) this.#dense.set(tensor, [total]);
    else this.#dense.delete(tensor);
    return total;
  }
}

function push<T>(lists: Map<Tensor, T[]>, tensor: Tensor, item: T): void {
  const list = lists.get(tensor);
  if (list === undefined) lists.set(tensor, [item]);
  else list.push(item);
}
