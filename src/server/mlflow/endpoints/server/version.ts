// GET /version: the version of MLflow whose protocol this server speaks; clients compare it with their own.
import { rawEndpoint } from '../../endpoint.ts';

const mlflowVersion = '3.11.1';

export const version = rawEndpoint({
  route: 'GET /version',
  handle: () => ({ headers: { 'content-type': 'text/html; charset=utf-8' }, body: mlflowVersion }),
});
