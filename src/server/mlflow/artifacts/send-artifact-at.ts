// A file of the artifacts under a URI, for runs, logged models and model versions.
import { InputError } from '../../../core/index.ts';
import type { Answer, Call } from '../endpoint.ts';
import { below, requestedPath } from './artifact-name.ts';
import { sendArtifact } from './send-artifact.ts';

/** The file at `path` of the artifacts at `rootUri`. */
export function sendArtifactAt({ context, http }: Call, rootUri: string, path: string): Promise<Answer> {
  const { store, folder } = context.artifacts.placeOf(rootUri);
  return sendArtifact(http, store, below(folder, requestedPath(path)));
}

/** The value of a query that occurs at least once; the first when several. */
export function queryText(call: Call, name: string): string | undefined {
  const value = call.query[name];
  return typeof value === 'string' ? value : value?.[0];
}

/**
 * The value of a query that must be there.
 * @throws InputError with MLflow's text
 */
export function requiredQueryText(call: Call, name: string): string {
  const value = queryText(call, name);
  if (value !== undefined && value !== '') return value;
  throw new InputError(
    `Missing value for required parameter '${name}'. See the API docs for more information about request parameters.`,
  );
}
