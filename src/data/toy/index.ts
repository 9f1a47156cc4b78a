// Toy data for the quickstart and for trials.
export {
  type ToyCompletion,
  type ToyOptions,
  type ToyPreference,
  type ToySet,
  toyPreferences,
  toySft,
} from './toy.ts';
export { type ToyFiles, writeToyData } from './write.ts';
