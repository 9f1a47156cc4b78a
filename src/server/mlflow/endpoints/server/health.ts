// GET /health: the server answers.
import { rawEndpoint } from '../../endpoint.ts';

export const health = rawEndpoint({
  route: 'GET /health',
  handle: () => ({ headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'OK' }),
});
