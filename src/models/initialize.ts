// Seeded first values of a model's parameters.
import { Random } from '../core/index.ts';
import type { CausalModel, ParameterSpec } from './model.ts';

/**
 * Fills every parameter with its first value. Each has a random stream of its own, named after it, so that neither the
 * order nor the presence of other parameters matters.
 * @param into the memory of a parameter, of exactly its size
 */
export function initializeParameters(
  model: Pick<CausalModel, 'parameters'>,
  seed: number,
  into: (name: string) => Float32Array,
): void {
  for (const spec of model.parameters) initializeParameter(spec, seed, into(spec.name));
}

function initializeParameter(
  { name, shape, initializer }: ParameterSpec,
  seed: number,
  target: Float32Array,
): void {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (target.length !== size)
    throw new RangeError(`Cannot initialise '${name}' of ${size} elements in an array of ${target.length}`);
  if (initializer.kind !== 'normal') {
    target.fill(initializer.kind === 'ones' ? 1 : 0);
    return;
  }
  const random = new Random(seed, name);
  for (let i = 0; i < size; i++) target[i] = random.normal() * initializer.deviation;
}
