// GET server-info: what kind of store the server has; clients that see `SqlStore` use all of its features.
import { rawEndpoint } from '../../endpoint.ts';

export const getServerInfo = rawEndpoint({
  route: 'GET /api/3.0/mlflow/server-info',
  handle: () => ({ body: '{"store_type":"SqlStore","workspaces_enabled":false}\n' }),
});
