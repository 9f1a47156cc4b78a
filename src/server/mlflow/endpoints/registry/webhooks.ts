// Webhooks: this server keeps none and says so; the list of them is empty.
import { NotFoundError } from '../../../../core/index.ts';
import { type Endpoint, endpoint } from '../../endpoint.ts';
import { string } from '../../wire/index.ts';

const path = '/api/2.0/mlflow/webhooks';

const listWebhooks = endpoint({ route: `GET ${path}`, request: {}, response: {}, handle: async () => {} });

const findWebhook = endpoint({
  route: [
    `GET ${path}/{webhook_id}`,
    `PATCH ${path}/{webhook_id}`,
    `DELETE ${path}/{webhook_id}`,
    `POST ${path}/{webhook_id}/test`,
  ],
  request: { webhook_id: string() },
  response: {},
  handle: async ({ request }) => {
    throw new NotFoundError(`Webhook with ID ${request.webhook_id} not found.`);
  },
});

const createWebhook = endpoint({
  route: `POST ${path}`,
  request: {},
  response: {},
  handle: async () => {
    throw new NotFoundError(
      'Cannot create a webhook: this server sends none; search for what changed instead',
    );
  },
});

export const webhookEndpoints: readonly Endpoint[] = [listWebhooks, findWebhook, createWebhook];
