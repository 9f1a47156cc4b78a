// Options that a loss cannot use are refused by name, value and remedy.
import { expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import {
  checkPairLossOptions,
  type PairLossName,
  type PairLossOptions,
  pairLosses,
  pairLossNames,
} from './index.ts';

const plain: PairLossOptions = { beta: 0.1, labelSmoothing: 0 };

test.each(pairLossNames)('checkPairLossOptions(%s) accepts exactly what the loss reads', (name) => {
  const { readsLabelSmoothing, readsGamma, readsDivergence } = pairLosses[name];
  const base = name === 'exo_pair' ? { ...plain, labelSmoothing: 0.001 } : plain;
  expect(accepts(name, { ...base, gamma: 0, divergence: 'reverse_kl' })).toBe(true);
  expect(accepts(name, { ...base, labelSmoothing: 0.2 })).toBe(readsLabelSmoothing);
  expect(accepts(name, { ...base, gamma: 1.5 })).toBe(readsGamma);
  expect(accepts(name, { ...base, divergence: 'js_divergence' })).toBe(readsDivergence);
});

function accepts(name: PairLossName, options: PairLossOptions): boolean {
  try {
    checkPairLossOptions(name, options);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return false;
  }
}

test('checkPairLossOptions() says loss, option, value and remedy', () => {
  expect(() => checkPairLossOptions('hinge', { ...plain, labelSmoothing: 0.1 })).toThrow(
    "Cannot use loss 'hinge' with labelSmoothing 0.1: this loss does not read it; " +
      'set it to 0, or choose sigmoid, sigmoid_norm, robust, exo_pair, aot, aot_unpaired, cpo_sigmoid, simpo',
  );
  expect(() => checkPairLossOptions('exo_pair', plain)).toThrow(
    "Cannot use loss 'exo_pair' with labelSmoothing 0: the loss would be infinite; set it to 0.001, for example",
  );
});

// biome-ignore format: a table
test.each<[PairLossName, Partial<PairLossOptions>, RegExp]>([
  ['sigmoid', { beta: 0 }, /beta 0: it must be a positive number/],
  ['sigmoid', { beta: -0.1 }, /beta -0.1/],
  ['sigmoid', { beta: Number.NaN }, /beta NaN/],
  ['sigmoid', { beta: Number.POSITIVE_INFINITY }, /beta Infinity/],
  ['robust', { labelSmoothing: 0.5 }, /labelSmoothing 0.5: it must lie in \[0, 0.5\)/],
  ['robust', { labelSmoothing: -0.1 }, /labelSmoothing -0.1/],
  ['sigmoid', { labelSmoothing: Number.NaN }, /labelSmoothing NaN/],
  ['simpo', { gamma: -1 }, /gamma -1: it must be a number of at least 0/],
  ['sigmoid', { divergence: 'chi' as 'reverse_kl' }, /divergence chi: there is no such divergence; choose reverse_kl/],
  ['sigmoid', { divergenceAlpha: 0.3 }, /divergenceAlpha 0.3: divergence reverse_kl does not read it/],
  ['sigmoid', { divergence: 'alpha_divergence', divergenceAlpha: Number.NaN }, /divergenceAlpha NaN/],
])('checkPairLossOptions(%s, %o) refuses a value out of range', (name, options, message) => {
  expect(() => checkPairLossOptions(name, { ...plain, ...options })).toThrow(message);
});
