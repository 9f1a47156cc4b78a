// What a descriptor of the wire is: it reads JSON into a value and writes a value as MLflow's JSON.

/** How a field stands in its message. */
export type Presence = 'optional' | 'required' | 'defaulted' | 'repeated';

/** Writes one value at a fixed depth of indentation. */
export interface Writer<T> {
  write(value: T): string;
}

/**
 * A type of the wire. `In` is what reading gives, `Out` what writing takes: lists and fields with a default are
 * always there when read and may be left out when written.
 */
export interface Field<In = unknown, P extends Presence = Presence, Out = In> {
  readonly presence: P;
  /** Other name under which a request may carry the field: `run_uuid` for `run_id`. */
  readonly alias?: string;
  /** Whether it is a list: several values of a query, and left out of an answer when empty. */
  readonly isList?: boolean;
  /** What an absent field reads as; of defaulted and repeated fields. */
  readonly absent?: In;
  /** @throws Fault for a value of another type */
  read(json: unknown): In;
  /** Reads a query's value, which is text; `read` unless given. */
  readQuery?(text: string): In;
  /** The writer for values that stand `depth` levels deep. */
  writer(depth: number): Writer<Out>;
}

/** Fields by name, in the order in which they are written. */
export type Fields = Readonly<Record<string, Field>>;

/** What reading a descriptor gives. */
export type Infer<F> = F extends Field<infer In, Presence, never> ? In : never;

/** What writing a descriptor takes. */
export type Output<F> = F extends { writer(depth: number): Writer<infer Out> } ? Out : never;

/** A message as read: required, defaulted and repeated fields are there, optional ones may be. */
export type Read<Fs extends Fields> = Flat<
  { readonly [K in Present<Fs, 'required' | 'defaulted' | 'repeated'>]: Infer<Fs[K]> } & {
    readonly [K in Present<Fs, 'optional'>]?: Infer<Fs[K]> | undefined;
  }
>;

/** A message as written: only required fields must be there. */
export type Written<Fs extends Fields> = Flat<
  { readonly [K in Present<Fs, 'required'>]: Output<Fs[K]> } & {
    readonly [K in Present<Fs, 'optional' | 'defaulted' | 'repeated'>]?: Output<Fs[K]> | undefined;
  }
>;

type Present<Fs extends Fields, P extends Presence> = {
  [K in keyof Fs]: Fs[K]['presence'] extends P ? K : never;
}[keyof Fs];

type Flat<T> = { [K in keyof T]: T[K] };

/** A field that must be there; an empty string counts as absent, as with MLflow. */
export function required<In, Out>(field: Field<In, Presence, Out>): Field<In, 'required', Out> {
  return { ...field, presence: 'required' };
}

/** A field that reads as `absent` when a request leaves it out. */
export function withDefault<In, Out>(
  field: Field<In, Presence, Out>,
  absent: In,
): Field<In, 'defaulted', Out> {
  return { ...field, presence: 'defaulted', absent };
}

/** A field that a request may also carry under another name. */
export function aliased<In, P extends Presence, Out>(
  field: Field<In, P, Out>,
  alias: string,
): Field<In, P, Out> {
  return { ...field, alias };
}
