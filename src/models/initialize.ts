// Seeded first values of a model's parameters.
import { Random } from '../core/index.ts';
import type { CausalModel, Initializer, ParameterSpec } from './model.ts';

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
  const next = source(initializer, new Random(seed, name));
  if (typeof next === 'number') target.fill(next);
  else for (let i = 0; i < size; i++) target[i] = next();
}

/** The one value of all elements, or what draws each. */
function source(initializer: Initializer, random: Random): number | (() => number) {
  switch (initializer.kind) {
    case 'normal':
      return () => random.normal() * initializer.deviation;
    case 'uniform':
      return () => (2 * random.uniform() - 1) * initializer.bound;
    case 'zeros':
      return 0;
    case 'ones':
      return 1;
  }
}
