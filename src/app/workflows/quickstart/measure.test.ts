// Rewards against a reference, and scores of a tiny model beside a plain calculation.
import { expect, test } from 'vitest';
import { toyPreferences } from '../../../data/index.ts';
import { differentQuestions } from './answers.ts';
import { type AnswerScores, rewardsOf } from './measure.ts';

function scores(chosen: number[], rejected: number[]): AnswerScores {
  const loss = { chosenLoss: 0, rejectedLoss: 0 };
  return { chosen: Float32Array.from(chosen), rejected: Float32Array.from(rejected), ...loss };
}

test('rewardsOf counts strictly higher rewards and means the margins', () => {
  const reference = scores([-10, -10, -10], [-4, -4, -4]);
  const policy = scores([-8, -10, -13], [-5, -4, -4]);
  expect(rewardsOf(policy, reference, 0.5)).toEqual({ accuracy: 1 / 3, margin: 0 });
});

test('rewardsOf a model against itself is exactly 0: every pair is a tie', () => {
  const same = scores([-10.1, -9.7], [-4.3, -3.9]);
  expect(rewardsOf(same, same, 0.1)).toEqual({ accuracy: 0, margin: 0 });
});

test('differentQuestions picks questions of different topics, the same for the same seed', () => {
  const questions = toyPreferences({ count: 0, evalCount: 100 }).eval;
  const picked = differentQuestions(questions, { count: 5, seed: 3 });
  expect(new Set(picked)).toHaveLength(5);
  expect(differentQuestions(questions, { count: 5, seed: 3 })).toEqual(picked);
  expect(differentQuestions(questions, { count: 1000, seed: 3 })).toHaveLength(100);
});
