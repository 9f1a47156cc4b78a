// Checks a composed configuration against a zod schema and reports all faults at once, each with its place.
import type { z } from 'zod';
import { didYouMean, InputErrors } from '../core/index.ts';
import type { ComposedConfig } from './compose.ts';
import { type Fault, toFaults } from './issue-text.ts';
import { unknownKeys } from './schema-walk.ts';

/**
 * The configuration that the schema makes of composed values, its defaults filled in. Throws InputErrors that lists every unknown key
 * (with the nearest known one), every value of a wrong type and every value that is missing, each with file and line or the override.
 */
export function validateConfig<S extends z.ZodType>(schema: S, composed: ComposedConfig): z.output<S> {
  const parsed = schema.safeParse(composed.values, { reportInput: true });
  const faults: Fault[] = unknownKeys(schema, composed.values).map(({ path, known }) => {
    const parent = path
      .slice(0, -1)
      .map((key) => `${key}.`)
      .join('');
    const hint = known.length === 0 ? 'No keys are known there' : didYouMean(path.at(-1) ?? '', known);
    return { path, text: `unknown key '${path.join('.')}'. ${hint.replace(/(?<=Did you mean ')/, parent)}` };
  });
  for (const path of composed.missing) {
    faults.push({
      path,
      text: `'${path.join('.')}' is marked ??? and must be given: ${path.join('.')}=VALUE`,
    });
  }
  const placeholders = new Set(composed.missing.map((path) => path.join('.')));
  const issues = parsed.success ? [] : parsed.error.issues.flatMap((issue) => toFaults(issue));
  faults.push(...issues.filter(({ path }) => !placeholders.has(path.map(String).join('.'))));
  if (parsed.success && faults.length === 0) return parsed.data;
  const of = composed.file === undefined ? 'the configuration' : `configuration '${composed.file}'`;
  throw new InputErrors(
    `Cannot use ${of}`,
    faults.map(({ path, text }) => placed(composed.placeOf(path), text)),
  );
}

function placed(place: string | undefined, text: string): string {
  return place === undefined ? text : `${place}: ${text}`;
}
