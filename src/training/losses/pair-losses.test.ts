// The losses against published and computed vectors, their derivatives against central differences, and their invariants.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: vectors keep their own digits
import { expect, test } from 'vitest';
import {
  float32,
  type Graph,
  gradient,
  type HostTensor,
  input,
  interpret,
  reduceMean,
  reduceSum,
  Session,
  type Tensor,
} from '../../engine/index.ts';
import { finiteDifferences, relativeDifference } from '../../testing/index.ts';
import {
  divergenceNames,
  type PairInputs,
  type PairLossName,
  type PairLossOptions,
  pairLosses,
  pairLossNames,
  pairMetrics,
} from './index.ts';

type Numbers = readonly number[];
type Pairs = { readonly [K in keyof PairInputs]: Numbers };

const members = [
  'chosen',
  'rejected',
  'referenceChosen',
  'referenceRejected',
  'chosenLength',
  'rejectedLength',
] as const;
const plain: PairLossOptions = { beta: 0.1, labelSmoothing: 0 };
const smoothed: PairLossOptions = { beta: 0.1, labelSmoothing: 0.1 };
/** Exo's loss is infinite without smoothing. */
const usable = (name: PairLossName): PairLossOptions => (name === 'exo_pair' ? smoothed : plain);

/** Three pairs of which the first rows of the table below are published (torchtune's test of DPO). */
const published: Pairs = {
  chosen: [-0.5, -10, -1],
  rejected: [-0.1, -30, -21],
  referenceChosen: [-0.5, -10.1, -0.1],
  referenceRejected: [-0.1, -20.1, -0.1],
  chosenLength: [2, 20, 5],
  rejectedLength: [1, 30, 10],
};

/** No ties, no kinks. */
const general: Pairs = {
  chosen: [-3.1, -12.4, -0.7, -25.2],
  rejected: [-4.5, -9.3, -6.1, -20.4],
  referenceChosen: [-2.2, -14, -1.9, -23.1],
  referenceRejected: [-4.1, -8.2, -3.3, -24.8],
  chosenLength: [4, 7, 2, 30],
  rejectedLength: [5, 11, 3, 21],
};

function pairGraph(name: PairLossName, options: PairLossOptions): Graph {
  const inputs = Object.fromEntries(members.map((key) => [key, input(key, 'float32', ['P'])]));
  const pairs = inputs as Record<keyof PairInputs, Tensor>;
  const losses = pairLosses[name].loss(pairs, options);
  const sum = reduceSum(losses);
  const [dChosen, dRejected] = gradient(sum, [pairs.chosen, pairs.rejected]) as [Tensor, Tensor];
  return {
    outputs: {
      losses,
      sum,
      dChosen,
      dRejected,
      mean: reduceMean(losses),
      ...pairMetrics(name, pairs, options),
    },
  };
}

function feedsOf(pairs: Pairs): Record<string, HostTensor> {
  return Object.fromEntries(
    members.map((key) => [key, float32(Float32Array.from(pairs[key]), [pairs[key].length])]),
  );
}

/** Feeds without float32's rounding. */
function exactFeeds(pairs: Pairs) {
  return Object.fromEntries(
    members.map((key) => [key, { dtype: 'float32' as const, shape: [pairs[key].length], data: pairs[key] }]),
  );
}

function evaluate(name: PairLossName, pairs: Pairs, options: PairLossOptions): Record<string, number[]> {
  const results = interpret(pairGraph(name, options), exactFeeds(pairs));
  return Object.fromEntries(Object.entries(results).map(([key, value]) => [key, [...value.data]]));
}

function expectClose(actual: Numbers | undefined, wanted: Numbers, what: string): void {
  expect(actual?.length, what).toBe(wanted.length);
  wanted.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    expect(Math.abs((actual?.[i] ?? Number.NaN) - value), `${what} ${i}`).toBeLessThan(1e-6);
  });
}

type Vector = {
  readonly name: PairLossName;
  readonly options?: PairLossOptions;
  readonly values: Numbers;
  readonly mean?: number;
  readonly dChosen?: Numbers;
  /** The negative of dChosen unless told. */
  readonly dRejected?: Numbers;
};

const exo: PairLossOptions = { beta: 0.1, labelSmoothing: 1e-3 };
const simpo: PairLossOptions = { beta: 2, labelSmoothing: 0, gamma: 1 };
const kink = Number.NaN;

// Values in float64 to six digits, gradients by central difference
// biome-ignore format: a table
const vectors: readonly Vector[] = [
  { name: 'sigmoid', values: [0.693147, 0.313262, 0.126928], mean: 0.377779, dChosen: [-0.05, -0.026894, -0.01192] },
  { name: 'sigmoid', options: smoothed, values: [0.693147, 0.413262, 0.326928], mean: 0.477779, dChosen: [-0.04, -0.016894, -0.00192] },
  { name: 'robust', options: smoothed, values: [0.693147, 0.188262, -0.123072], mean: 0.252779, dChosen: [-0.0625, -0.039394, -0.02442] },
  { name: 'hinge', values: [1, 0, 0], mean: 0.333333, dChosen: [-0.1, kink, 0] },
  { name: 'ipo', values: [25, 21.762225, 9.5481], mean: 18.770108, dChosen: [-5, -0.4665, -1.236], dRejected: [10, 0.311, 0.618] },
  { name: 'ipo_sum', values: [25, 25, 225], mean: 91.666667, dChosen: [-10, 10, 30] },
  { name: 'sigmoid_norm', values: [0.693147, 0.676537, 0.6022], mean: 0.657295, dChosen: [-0.025, -0.002458, -0.009048], dRejected: [0.05, 0.001639, 0.004524] },
  { name: 'exo_pair', options: exo, values: [2.761231, 1.27631, 0.458972], mean: 1.498838, dChosen: [-0.172669, -0.116134, -0.051518] },
  { name: 'nca_pair', values: [1.386294, 1.19522, 1.122047], mean: 1.23452, dChosen: [-0.025, -0.024625, -0.028373], dRejected: [0.025, 0.013546, 0.005504] },
  { name: 'bco_pair', values: [1.386294, 1.004121, 0.855775], mean: 1.082063, dChosen: [-0.05, -0.04975, -0.052248], dRejected: [0.05, 0.027091, 0.011007] },
  { name: 'sppo_hard', values: [50, 48.02, 287.62], mean: 128.546667, dChosen: [-10, -9.8, -11.8], dRejected: [10, -9.8, -31.8] },
  { name: 'apo_zero', values: [1, 0.768412, 0.632557], mean: 0.800323, dChosen: [-0.025, -0.024999, -0.024949], dRejected: [0.025, 0.019752, 0.009796] },
  { name: 'apo_down', values: [1, 0.771441, 0.596718], mean: 0.789386, dChosen: [0, 0.005338, 0.01445], dRejected: [0.025, 0.019661, 0.010499] },
  { name: 'discopop', values: [0.846574, 0.367879, 0.135335], mean: 0.449929, dChosen: [0.078426, -0.036788, -0.013534] },
  { name: 'aot', values: [0.693147, 0.126928, 0.313262], mean: 0.377779 },
  { name: 'aot_unpaired', values: [0.126928, 0.315961, 0.68816], mean: 0.377016 },
  { name: 'cpo_sigmoid', values: [0.713347, 0.126928, 0.126928], mean: 0.322401, dChosen: [-0.051, -0.01192, -0.01192] },
  { name: 'cpo_hinge', values: [1.04, 0, 0], dChosen: [-0.1, 0, 0] },
  { name: 'cpo_ipo', values: [26.5225, 20.25, 9.61], dChosen: [-5.15, -0.45, -1.24], dRejected: [10.3, 0.3, 0.62] },
  { name: 'simpo', options: simpo, values: [1.541008, 0.693147, 0.059033], mean: 0.764396, dChosen: [-0.785835, -0.05, -0.02293], dRejected: [1.57167, 0.033333, 0.011465] },
  { name: 'simpo', values: [0.98344, 0.943249, 0.860112], mean: 0.928934, dChosen: [-0.031299, -0.003053, -0.011538], dRejected: [0.062598, 0.002035, 0.005769] },
  { name: 'orpo', values: [0.13085, 0.03203, 0.003043], mean: 0.055307, dChosen: [-0.164959, -0.003483, -0.003307], dRejected: [0.766871, 0.001445, 0.000342] },
  { name: 'sigmoid', options: { ...plain, divergence: 'js_divergence' }, values: [0.693147, 0.333831, 0.131056] },
  { name: 'sigmoid', options: { ...plain, divergence: 'forward_kl' }, values: [0.693147, 0, 0] },
  { name: 'sigmoid', options: { ...plain, divergence: 'alpha_divergence', divergenceAlpha: 0.5 }, values: [0.693147, 0, 0] },
];

test('the vectors cover every loss', () => {
  expect(new Set(vectors.map((vector) => vector.name))).toEqual(new Set(pairLossNames));
});

test.each(vectors)('pairLosses.$name has the values and gradients of the table, with $options', (vector) => {
  const { name, options = plain, values, mean, dChosen, dRejected = dChosen?.map((g) => -g) } = vector;
  const actual = evaluate(name, published, options);
  expectClose(actual.losses, values, 'loss');
  if (mean !== undefined) expectClose(actual.mean, [mean], 'mean');
  if (dChosen !== undefined) expectClose(actual.dChosen, dChosen, 'by chosen');
  if (dRejected !== undefined) expectClose(actual.dRejected, dRejected, 'by rejected');
});

const divergent = pairLossNames.filter((name) => pairLosses[name].readsDivergence);
const differentiated: readonly (readonly [PairLossName, PairLossOptions])[] = [
  ...pairLossNames.map((name) => [name, usable(name)] as const),
  ...pairLossNames
    .filter((name) => pairLosses[name].readsLabelSmoothing)
    .map((name) => [name, smoothed] as const),
  ...divergent.flatMap((name) =>
    divergenceNames.map((divergence) => [name, { ...usable(name), divergence }] as const),
  ),
  ['sigmoid', { ...plain, divergence: 'alpha_divergence', divergenceAlpha: 1 }],
  ['sigmoid', { ...plain, divergence: 'alpha_divergence', divergenceAlpha: 1.7 }],
];

test.each(differentiated)('gradient() of %s agrees with central differences, with %o', (name, options) => {
  const graph = pairGraph(name, options);
  const feeds = exactFeeds(general);
  const analytic = interpret(graph, feeds);
  for (const [output, varied] of [
    ['dChosen', 'chosen'],
    ['dRejected', 'rejected'],
  ] as const) {
    const numeric = finiteDifferences(graph, feeds, { output: 'sum', input: varied });
    expect(relativeDifference(analytic[output]?.data ?? [], numeric), output).toBeLessThan(1e-6);
  }
});

test.each(pairLossNames)('Session computes %s as interpret() does', async (name) => {
  const graph = pairGraph(name, usable(name));
  const feeds = feedsOf(published);
  await using session = await Session.create(graph);
  const actual = await session.run(feeds);
  const wanted = interpret(graph, feeds);
  for (const output of ['losses', 'mean', 'dChosen', 'dRejected']) {
    const difference = relativeDifference(actual[output]?.data ?? [], wanted[output]?.data ?? []);
    expect(difference, output).toBeLessThan(1e-5);
  }
});

// By PyTorch in float64
test.each([
  ['aot', [-0.04075, -0.0510639, -0.0313382, -0.0375021], [0.04075, 0.0510639, 0.0313382, 0.0375021]],
  ['aot_unpaired', [-0.0395, -0.0469546, -0.0360085, -0.0382507], [0.0360085, 0.0395, 0.0382507, 0.0469546]],
] as const)('pairLosses.%s has the gradients of torch.sort', (name, dChosen, dRejected) => {
  const actual = evaluate(name, general, smoothed);
  expectClose(actual.dChosen, dChosen, 'by chosen');
  expectClose(actual.dRejected, dRejected, 'by rejected');
});

// Published by ms-swift: a difference of log-ratios of 6
test.each([
  ['sigmoid', 0.437488, -0.035434],
  ['hinge', 0.4, -0.1],
  ['ipo', 1, 2],
] as const)('pairLosses.%s of a log-ratio difference of 6', (name, value, derivative) => {
  const one = { referenceChosen: [0], referenceRejected: [0], chosenLength: [1], rejectedLength: [1] };
  const actual = evaluate(name, { ...one, chosen: [2], rejected: [-4] }, plain);
  expectClose(actual.losses, [value], 'loss');
  expectClose(actual.dChosen, [derivative], 'by chosen');
});

const atReference: Readonly<Partial<Record<PairLossName, number>>> = {
  sigmoid: Math.LN2,
  sigmoid_norm: Math.LN2,
  robust: Math.LN2,
  hinge: 1,
  ipo: 25,
  ipo_sum: 25,
  exo_pair: 0.5108256,
  nca_pair: 2 * Math.LN2,
  bco_pair: 2 * Math.LN2,
  sppo_hard: 50,
  apo_zero: 1,
  apo_down: 1,
  discopop: 0.846574,
  aot: Math.LN2,
  aot_unpaired: Math.LN2,
};

test.each(pairLossNames)(
  'pairLosses.%s is lossAtReference() where the policy equals the reference',
  (name) => {
    const { needsReference, readsLabelSmoothing, lossAtReference } = pairLosses[name];
    expect(lossAtReference !== undefined).toBe(needsReference);
    const same = { ...general, referenceChosen: general.chosen, referenceRejected: general.rejected };
    if (lossAtReference === undefined) return;
    const options = readsLabelSmoothing ? smoothed : plain;
    const wanted = atReference[name];
    expect(lossAtReference(options)).toBeCloseTo(wanted ?? Number.NaN, 6);
    const actual = evaluate(name, same, options);
    for (const value of actual.losses ?? []) expect(value).toBeCloseTo(lossAtReference(options), 9);
    expect(actual['rewards/margins']).toEqual([0, 0, 0, 0]);
    expect(actual['rewards/accuracies']).toEqual([0, 0, 0, 0]);
  },
);

test.each(divergenceNames)('%s leaves the loss at the reference as it is', (divergence) => {
  const same = { ...general, referenceChosen: general.chosen, referenceRejected: general.rejected };
  for (const name of divergent) {
    const options = { ...usable(name), divergence };
    const wanted = pairLosses[name].lossAtReference?.(options) ?? Number.NaN;
    for (const value of evaluate(name, same, options).losses ?? []) expect(value).toBeCloseTo(wanted, 9);
  }
});

test('pairMetrics() are what TRL logs; a tie is no hit', () => {
  const actual = evaluate('sigmoid', published, plain);
  const mean = (key: string) => (actual[key] ?? []).reduce((sum, value) => sum + value / 3, 0);
  expect(mean('rewards/chosen')).toBeCloseTo(-0.026667, 6);
  expect(mean('rewards/rejected')).toBeCloseTo(-1.026667, 6);
  expect(mean('rewards/margins')).toBeCloseTo(1, 6);
  expect(actual['rewards/accuracies']).toEqual([0, 1, 1]);
  expect(mean('logps/chosen')).toBeCloseTo(-3.833333, 6);
  expect(mean('logps/rejected')).toBeCloseTo(-17.033333, 6);
});

test.each(pairLossNames)('pairMetrics(%s) negates the margin when the sides are swapped', (name) => {
  const swapped: Pairs = {
    chosen: general.rejected,
    rejected: general.chosen,
    referenceChosen: general.referenceRejected,
    referenceRejected: general.referenceChosen,
    chosenLength: general.rejectedLength,
    rejectedLength: general.chosenLength,
  };
  const margins = (pairs: Pairs) => evaluate(name, pairs, usable(name))['rewards/margins'] ?? [];
  expect(margins(swapped)).toEqual(margins(general).map((value) => -value));
  expect(margins(general).every((value) => value !== 0)).toBe(true);
});

// TRL's own vectors for overflow, and sequences far from the reference on either side
const extremes: readonly Pairs[] = [
  {
    chosen: [410, 0.1],
    rejected: [810.5, 0.2],
    referenceChosen: [-610, -0.1],
    referenceRejected: [110.6, 0.5],
  },
  { chosen: [410, 0.1], rejected: [95.5, 0.2], referenceChosen: [-610, -0.1], referenceRejected: [5.5, 0.5] },
  {
    chosen: [-9e3, -10],
    rejected: [-10, -9e3],
    referenceChosen: [-10, -9e3],
    referenceRejected: [-9e3, -10],
  },
  { chosen: [0, 0], rejected: [0, -1e-9], referenceChosen: [0, 0], referenceRejected: [0, 0] },
].map((pairs) => ({ ...pairs, chosenLength: [3, 1], rejectedLength: [2, 0] }));

test.each(pairLossNames)('pairLosses.%s and its gradient stay finite in float32', async (name) => {
  const divergences = pairLosses[name].readsDivergence ? divergenceNames : [undefined];
  for (const divergence of divergences) {
    await using session = await Session.create(pairGraph(name, { ...usable(name), divergence }));
    for (const pairs of extremes) {
      // The square of the largest exponential is past float32, in TRL as well
      const exponential = divergence === 'forward_kl' || divergence === 'alpha_divergence';
      if (name.startsWith('ipo') && exponential && pairs.chosen[0] === -9e3) continue;
      const { losses, dChosen, dRejected } = await session.run(feedsOf(pairs));
      for (const { data } of [losses, dChosen, dRejected] as HostTensor[])
        expect(
          Array.from(data, Number).every(Number.isFinite),
          `${divergence} ${pairs.chosen}: ${data}`,
        ).toBe(true);
    }
  }
});
