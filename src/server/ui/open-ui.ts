// Finds a built page of MLflow: a folder with its index.html, or an installed `mlflow` package that has one inside.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../core/index.ts';
import type { Endpoint } from '../mlflow/endpoint.ts';
import { uiEndpoints } from './ui-endpoints.ts';

/** Where a page may lie from the folder that was given. */
const places = ['', 'server/js/build', 'mlflow/server/js/build'];

/**
 * The endpoints of the page that lies in a folder or an installed package.
 * @throws InputError where there is none
 */
export async function openUi(directory: string): Promise<readonly Endpoint[]> {
  for (const place of places) {
    const index = await realpath(join(directory, place, 'index.html')).catch(() => undefined);
    if (index !== undefined) return uiEndpoints(await realpath(join(directory, place)));
  }
  throw new InputError(
    `Cannot serve a page from '${directory}': it has no index.html; give the folder of a built MLflow page, or the path of an installed mlflow package`,
  );
}
