// Webhooks: signed messages to endpoints that others run.
export type { DeliveryReport } from './deliver.ts';
export {
  type Delivery,
  type Endpoint,
  type EndpointWithSecret,
  type EventType,
  eventTypes,
  type NewEndpoint,
  type NewEvent,
  parseEventTypes,
  type WebhookEvent,
} from './entities.ts';
export { webhooksMigration } from './migration.ts';
export { type DeliverOptions, openWebhooks, type Webhooks, type WebhooksOptions } from './webhooks.ts';
