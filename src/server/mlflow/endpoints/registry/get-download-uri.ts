// GET model-versions/get-download-uri: where the files of a version lie.
import { endpoint } from '../../endpoint.ts';
import { string, withDefault } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const getDownloadUri = endpoint({
  route: 'GET /api/2.0/mlflow/model-versions/get-download-uri',
  request: { name: withDefault(string(), ''), version: withDefault(string(), '') },
  response: { artifact_uri: string() },
  handle: async ({ request, context }) => {
    const uri = await context.registry.versions.downloadUri(request.name, versionNumber(request.version));
    return { artifact_uri: uri };
  },
});
