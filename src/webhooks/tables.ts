// The rows of the webhooks' tables, as the queries of this folder see them.

/** Times are in ms since 1970. */
export type WebhookTables = {
  readonly webhook_endpoints: {
    readonly id: string;
    readonly owner: string;
    readonly url: string;
    /** By comma. */
    readonly event_types: string;
    /** As the receiver has it, for signing needs it: `whsec_` and base64. */
    readonly secret: string;
    /** The one before it, with which messages are signed too until `previous_until`. */
    readonly previous_secret: string | null;
    readonly previous_until: number | null;
    readonly created_at: number;
    readonly updated_at: number;
  };
  readonly webhook_events: {
    readonly id: string;
    readonly owner: string;
    readonly type: string;
    /** What makes an event one and the same when it is told twice. */
    readonly key: string | null;
    /** What is sent, to the byte. */
    readonly body: string;
    readonly created_at: number;
  };
  readonly webhook_deliveries: {
    readonly event: string;
    readonly endpoint: string;
    readonly state: 'pending' | 'delivered' | 'failed';
    /** Begun so far. Who claims a delivery raises it: who holds an older number has lost it. */
    readonly attempts: number;
    /** When it is due; while somebody holds it, when their hold ends. */
    readonly due_at: number;
    readonly last_status: number | null;
    readonly last_error: string | null;
    readonly updated_at: number;
  };
};
