import { expect, test } from 'vitest';
import { didYouMean, nearest } from './index.ts';

const keys = ['learningRate', 'warmupSteps', 'seed', 'epochs'];

test('nearest() finds slips of letters and of case', () => {
  expect(nearest('learning_rate', keys)).toBe('learningRate');
  expect(nearest('LEARNINGRATE', keys)).toBe('learningRate');
  expect(nearest('sead', keys)).toBe('seed');
  expect(nearest('epoch', keys)).toBe('epochs');
});

test('nearest() finds nothing where the word is another', () => {
  expect(nearest('gradientAccumulation', keys)).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});

test('nearest() takes the first of equally near words', () => {
  expect(nearest('bat', ['cat', 'hat'])).toBe('cat');
});

test('didYouMean() proposes one word, or names all', () => {
  expect(didYouMean('sede', keys)).toBe("Did you mean 'seed'?");
  expect(didYouMean('gradientAccumulation', keys)).toBe('Known: learningRate, warmupSteps, seed, epochs');
});
