// Tells a command line of the reference trainer from one of Hone's own.
import { InputError } from '../../../../core/index.ts';
import { trainSchema } from '../../../../training/index.ts';
import { referenceSchema } from './schema.ts';

/** A command line with one of these is the reference trainer's. */
const tellingKeys: ReadonlySet<string> = new Set(['loss', 'datasets', 'exp_name']);

/**
 * Whether settings are the reference trainer's, told by `loss=`, `datasets=` or `exp_name=`.
 * @throws InputError where settings of Hone's own stand beside them
 */
export function isReferenceCommand(settings: readonly string[]): boolean {
  const keys = settings.map(rootKey);
  const theirs = keys.filter((key) => tellingKeys.has(key));
  if (theirs.length === 0) return false;
  const ours = keys.filter(
    (key) => Object.hasOwn(trainSchema.shape, key) && !Object.hasOwn(referenceSchema.shape, key),
  );
  if (ours.length === 0) return true;
  throw new InputError(
    `Cannot read the settings: ${quoted(theirs)} belong to the reference DPO trainer's command line, ${quoted(ours)} to Hone's own; ` +
      'use the keys of one (hone train --help lists both)',
  );
}

/** `loss` of `+loss.beta=0.1`. */
function rootKey(setting: string): string {
  return /^[+~]*([^.=@/]*)/.exec(setting)?.[1] ?? '';
}

function quoted(keys: readonly string[]): string {
  return [...new Set(keys)].map((key) => `'${key}'`).join(', ');
}
