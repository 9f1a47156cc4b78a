// What webhooks are about: endpoints, events, deliveries.
import { didYouMean, InputError, type Secret } from '../core/index.ts';

/** What happens that somebody may want to hear of. */
export const eventTypes = [
  'fine_tuning.job.succeeded',
  'fine_tuning.job.failed',
  'fine_tuning.job.cancelled',
] as const;
/** One of {@link eventTypes}. */
export type EventType = (typeof eventTypes)[number];

/** Where events of an owner are sent. Times are in ms since 1970. */
export type Endpoint = {
  /** `whe_...` */
  readonly id: string;
  readonly owner: string;
  readonly url: string;
  readonly eventTypes: readonly EventType[];
  readonly createdAt: number;
  /** The last change of its secret or of anything else. */
  readonly updatedAt: number;
};

/** An endpoint with the secret by which its receiver checks signatures; given out when it is made, and at no other time. */
export type EndpointWithSecret = { readonly endpoint: Endpoint; readonly secret: Secret };

/** What a new endpoint is. */
export type NewEndpoint = {
  readonly owner: string;
  /** https; http for this machine alone, unless `insecureHttp`. */
  readonly url: string;
  readonly eventTypes: readonly EventType[];
  readonly insecureHttp?: boolean;
};

/** Something that happened. */
export type NewEvent = {
  readonly owner: string;
  readonly type: EventType;
  /** What it happened to: `{ id: 'ftjob-...' }`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Makes telling safe to repeat: of one owner and key, one event is made. */
  readonly key?: string | undefined;
};

/** An event as its receivers get it; the id is the same at each attempt, so that they can tell a repetition. */
export type WebhookEvent = {
  /** `evt_...` */
  readonly id: string;
  readonly object: 'event';
  readonly type: string;
  /** In s since 1970. */
  readonly created_at: number;
  readonly data: Readonly<Record<string, unknown>>;
};

/** How an event fares on its way to one endpoint. Times are in ms since 1970. */
export type Delivery = {
  readonly eventId: string;
  readonly type: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Begun so far. */
  readonly attempts: number;
  /** When the next attempt is due; undefined where there is none. */
  readonly dueAt: number | undefined;
  /** The status of the last answer, if one came. */
  readonly lastStatus: number | undefined;
  /** Why the last attempt failed. */
  readonly lastError: string | undefined;
  readonly updatedAt: number;
};

/** Confines a call to what is one owner's: the rest is not found. Absent: that of all. */
export type OwnerOption = { readonly owner?: string | undefined };

/** The types of a text such as `fine_tuning.job.succeeded,fine_tuning.job.failed`. @throws InputError for an unknown one, or none */
export function parseEventTypes(text: string): readonly EventType[] {
  const words = text.split(',').map((word) => word.trim());
  const given = words.filter((word) => word !== '');
  checkEventTypes(given);
  return given;
}

/** @throws InputError where one is unknown, or there is none */
export function checkEventTypes(given: readonly string[]): asserts given is readonly EventType[] {
  const unknown = given.find((one) => !eventTypes.some((type) => type === one));
  if (unknown !== undefined)
    throw new InputError(`Cannot send events of the type '${unknown}'; ${didYouMean(unknown, eventTypes)}`);
  if (given.length === 0)
    throw new InputError(`Cannot add an endpoint without event types; give some of ${eventTypes.join(', ')}`);
}
