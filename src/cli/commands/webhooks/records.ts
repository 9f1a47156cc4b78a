// Endpoints and deliveries as JSON: exact times, null for what is not there.
import type { WebhookDelivery, WebhookEndpoint } from '../../../app/index.ts';

export function endpointRecord(endpoint: WebhookEndpoint) {
  return {
    id: endpoint.id,
    owner: endpoint.owner,
    url: endpoint.url,
    events: endpoint.eventTypes,
    createdAt: time(endpoint.createdAt),
    updatedAt: time(endpoint.updatedAt),
  };
}

export function deliveryRecord(delivery: WebhookDelivery) {
  return {
    event: delivery.eventId,
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    dueAt: delivery.dueAt === undefined ? null : time(delivery.dueAt),
    lastStatus: delivery.lastStatus ?? null,
    lastError: delivery.lastError ?? null,
    updatedAt: time(delivery.updatedAt),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}
