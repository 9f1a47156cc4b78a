// The tables of the webhooks.
import type { Migration } from '../store/index.ts';

/** Deliveries refer to nothing by a constraint: an endpoint may be removed while an event is under way to it. */
export const webhooksMigration: Migration = {
  name: '0011-webhooks',
  statements: ({ text, clustered }) => [
    `create table webhook_endpoints (
      id ${text} not null primary key,
      owner ${text} not null,
      url ${text} not null,
      event_types ${text} not null,
      secret ${text} not null,
      previous_secret ${text},
      previous_until bigint,
      created_at bigint not null,
      updated_at bigint not null
    ) ${clustered}`,
    'create index webhook_endpoints_by_owner on webhook_endpoints (owner, id)',
    `create table webhook_events (
      id ${text} not null primary key,
      owner ${text} not null,
      type ${text} not null,
      key ${text},
      body ${text} not null,
      created_at bigint not null
    ) ${clustered}`,
    'create unique index webhook_events_by_key on webhook_events (owner, key) where key is not null',
    `create table webhook_deliveries (
      event ${text} not null,
      endpoint ${text} not null,
      state ${text} not null,
      attempts bigint not null,
      due_at bigint not null,
      last_status bigint,
      last_error ${text},
      updated_at bigint not null,
      primary key (event, endpoint)
    ) ${clustered}`,
    "create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending'",
    "create index webhook_deliveries_done on webhook_deliveries (updated_at) where state <> 'pending'",
    'create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint, event)',
  ],
};
