// Optimisers as pure values: what they remember for each parameter, and one update written as a graph.
import { add, div, mul, sqrt, sub, type Tensor } from '../graph/index.ts';
import { runAdamW } from './kernel/adamw.ts';
import type { FlatMemory } from './kernel/web-assembly.ts';

/** Scalars that change from step to step, computed in double precision on the host. */
export type StepScalars = Readonly<Record<string, number>>;

/** The moment of an update. */
export type StepContext = {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
};

/** Tensors of one update, all of one shape but for the scalars. */
export type UpdateTensors = {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly scalars: Readonly<Record<string, Tensor>>;
};

export type UpdateResult = { readonly parameter: Tensor; readonly slots: Readonly<Record<string, Tensor>> };

/**
 * An optimiser. It works element by element, so that it can run over any part of the parameters at a time,
 * and holds no state itself: slots belong to the caller and start at zero.
 */
export interface Optimizer {
  readonly name: string;
  /** What it keeps for each parameter element. */
  readonly slots: readonly string[];
  scalars(context: StepContext): StepScalars;
  update(tensors: UpdateTensors): UpdateResult;
  /** Does the same without a graph, where the vectors lie in a memory that it reaches. */
  readonly kernel?: UpdateKernel;
}

/** Elements `from` to `to` of vectors in one memory, updated in place as the graph of `update` would, to the bit. */
export type UpdateKernel = (
  memory: FlatMemory,
  vectors: {
    readonly parameters: Float32Array;
    readonly gradients: Float32Array;
    readonly slots: Readonly<Record<string, Float32Array>>;
  },
  step: {
    readonly from: number;
    readonly to: number;
    readonly gradientScale: number;
    readonly scalars: StepScalars;
  },
) => void;

export type AdamWOptions = {
  /** @default [0.9, 0.999] */
  readonly betas?: readonly [number, number];
  /** @default 1e-8 */
  readonly epsilon?: number;
};

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019): torch's values with fewer passes over memory.
 * The slots hold the moments divided by 1 - beta, and the step size divides the denominator:
 * p keep - m / (sqrt(v) rootScale + floor), where m = b1 m + g and v = b2 v + g^2.
 */
export function adamW({ betas = [0.9, 0.999], epsilon = 1e-8 }: AdamWOptions = {}): Optimizer {
  checkFraction('betas[0]', betas[0]);
  checkFraction('betas[1]', betas[1]);
  return {
    name: 'adamw',
    slots: ['firstMoment', 'secondMoment'],
    scalars: ({ step, learningRate, weightDecay }) => {
      // A rate of 0, as at the first step of a warm-up, moves nothing: the division must stay defined
      const stepSize = Math.max((learningRate * (1 - betas[0])) / (1 - betas[0] ** step), smallestStep);
      const correction = Math.sqrt((1 - betas[1]) / (1 - betas[1] ** step));
      return {
        keep: 1 - learningRate * weightDecay,
        rootScale: correction / stepSize,
        floor: epsilon / stepSize,
      };
    },
    update: ({ parameter, gradient, slots, scalars }) => {
      const { keep, rootScale, floor } = scalars as Record<'keep' | 'rootScale' | 'floor', Tensor>;
      const first = add(mul(slots.firstMoment as Tensor, betas[0]), gradient);
      const second = add(mul(slots.secondMoment as Tensor, betas[1]), mul(gradient, gradient));
      const denominator = add(mul(sqrt(second), rootScale), floor);
      return {
        parameter: sub(mul(parameter, keep), div(first, denominator)),
        slots: { firstMoment: first, secondMoment: second },
      };
    },
    kernel: (memory, { parameters, gradients, slots }, { from, to, gradientScale, scalars }) => {
      const { firstMoment, secondMoment } = slots as Record<'firstMoment' | 'secondMoment', Float32Array>;
      const { keep, rootScale, floor } = scalars as Record<'keep' | 'rootScale' | 'floor', number>;
      const all = { beta1: betas[0], beta2: betas[1], gradientScale, keep, rootScale, floor };
      runAdamW(memory, { parameters, gradients, firstMoment, secondMoment }, { from, to, scalars: all });
    },
  };
}

/** Smaller than any step that float32 parameters could show, large enough to divide by. */
const smallestStep = 1e-25;

export type SgdOptions = {
  /** @default 0 */
  readonly momentum?: number;
  /** @default false */
  readonly nesterov?: boolean;
};

/** Stochastic gradient descent with torch's momentum: the decay is added to the gradient. */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Optimizer {
  checkFraction('momentum', momentum);
  if (nesterov && momentum === 0) {
    throw new RangeError(
      'Cannot use nesterov without momentum: current value is 0; set momentum, for example 0.9',
    );
  }
  return {
    name: 'sgd',
    slots: momentum === 0 ? [] : ['velocity'],
    scalars: ({ learningRate, weightDecay }) => ({ learningRate, weightDecay }),
    update: ({ parameter, gradient, slots, scalars }) => {
      const decayed = add(gradient, mul(parameter, scalars.weightDecay as Tensor));
      const rate = scalars.learningRate as Tensor;
      if (momentum === 0) return { parameter: sub(parameter, mul(decayed, rate)), slots: {} };
      const velocity = add(mul(slots.velocity as Tensor, momentum), decayed);
      const direction = nesterov ? add(decayed, mul(velocity, momentum)) : velocity;
      return { parameter: sub(parameter, mul(direction, rate)), slots: { velocity } };
    },
  };
}

export type RmsPropOptions = {
  /** Smoothing of the squared gradient. @default 0.99 */
  readonly alpha?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** @default 0 */
  readonly momentum?: number;
};

/** RMSprop (Tieleman and Hinton, 2012) in torch's form, the default of the reference DPO trainer. */
export function rmsProp({ alpha = 0.99, epsilon = 1e-8, momentum = 0 }: RmsPropOptions = {}): Optimizer {
  checkFraction('alpha', alpha);
  checkFraction('momentum', momentum);
  return {
    name: 'rmsprop',
    slots: momentum === 0 ? ['squareAverage'] : ['squareAverage', 'velocity'],
    scalars: ({ learningRate, weightDecay }) => ({ learningRate, weightDecay }),
    update: ({ parameter, gradient, slots, scalars }) => {
      const decayed = add(gradient, mul(parameter, scalars.weightDecay as Tensor));
      const rate = scalars.learningRate as Tensor;
      const squares = mul(mul(decayed, decayed), 1 - alpha);
      const average = add(mul(slots.squareAverage as Tensor, alpha), squares);
      const scaled = div(decayed, add(sqrt(average), epsilon));
      if (momentum === 0)
        return { parameter: sub(parameter, mul(scaled, rate)), slots: { squareAverage: average } };
      const velocity = add(mul(slots.velocity as Tensor, momentum), scaled);
      return { parameter: sub(parameter, mul(velocity, rate)), slots: { squareAverage: average, velocity } };
    },
  };
}

function checkFraction(name: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new RangeError(`Cannot use '${name}': must be in [0, 1), current value is ${value}`);
}
