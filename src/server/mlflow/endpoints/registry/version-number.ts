// Version numbers, which MLflow's protocol writes as text.
import { InputError } from '../../../../core/index.ts';

/** @throws InputError for a text that is no whole number */
export function versionNumber(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw new InputError(`Parameter 'version' must be an integer, got '${text}'.`);
  return Number(text);
}
