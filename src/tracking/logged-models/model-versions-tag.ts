// The tag of a logged model that tells under which names and versions it is registered, as MLflow writes it.
import { z } from 'zod';
import { StateError } from '../../core/index.ts';
import { appendToJsonList } from '../json-list.ts';

export const modelVersionsTag = 'mlflow.modelVersions';

const registrations = z.array(
  z.looseObject({ name: z.string(), version: z.union([z.string(), z.number()]) }),
);

/**
 * The tag's text with one more registration; the same text where it has it. Clients write versions as texts into the same list, the
 * server writes numbers: these count as two, as with MLflow.
 */
export function withRegistration(
  text: string | undefined,
  { name, version }: { readonly name: string; readonly version: number },
): string {
  const known = text === undefined ? [] : parse(text);
  if (known.some((one) => one.name === name && one.version === version)) return text ?? '';
  return appendToJsonList(text ?? '[]', { name, version });
}

function parse(text: string): z.infer<typeof registrations> {
  const parsed = registrations.safeParse(parseJson(text));
  if (!parsed.success)
    throw new StateError(
      `Cannot note a registration in the tag ${modelVersionsTag}: it holds ${JSON.stringify(text)}, which is no list of registrations; delete the tag`,
    );
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
