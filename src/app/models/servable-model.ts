// A model that the service can talk with or tune: what it is called, whose it is, where its files lie.

/** Directories of a Hugging Face model, and of an adapter over it. */
export type ModelDirectories = { readonly base: string; readonly adapter?: string };

/** One model as clients see it. */
export type ServableModel = {
  /** As clients name it: a base model's name, `ft:BASE:ORGANISATION:SUFFIX:XXXXXXXX`, `registry:NAME@ALIAS`. */
  readonly id: string;
  /** In seconds since 1970. */
  readonly createdAt: number;
  /** `hone` for base models, else the owner. */
  readonly ownedBy: string;
  /** A base model is everybody's to use; a tuned one its owner's. */
  readonly kind: 'base' | 'tuned' | 'checkpoint' | 'registered';
};

/** Which models a caller sees: those of an owner and the base models; undefined: all. */
export type Visibility = { readonly owner: string | undefined };

/** What a job makes. */
export type NewTunedModel = {
  readonly id: string;
  readonly owner: string;
  /** The id of the model that was tuned: a base model's. */
  readonly base: string;
  readonly kind: 'tuned' | 'checkpoint';
  readonly jobId: string;
  /** The directory of the finished model or adapter, on this machine; the catalogue takes a copy. */
  readonly directory: string;
  readonly metadata?: Readonly<Record<string, string>>;
};

/** The models of a service: the base models that its configuration names, the tuned ones, and the registry's. */
export interface ModelCatalogue {
  /** @throws NotFoundError for a model that is not there or another owner's */
  get(id: string, visibility: Visibility): Promise<ServableModel>;
  /** Base models first, then tuned ones, the newest first. */
  list(visibility: Visibility): Promise<readonly ServableModel[]>;
  /**
   * The model's files on this machine, fetched from the store where they are not here yet.
   * @throws NotFoundError as `get`
   */
  open(id: string, visibility: Visibility): Promise<ServableModel & ModelDirectories>;
  /** Keeps what a job made. The same id again, from the same job, replaces it: a job may be run twice to this point. */
  publish(model: NewTunedModel): Promise<ServableModel>;
  /** The name of the base model of a directory, for reports; the directory itself where it has none. */
  nameOf(directory: string): string;
  /** Takes a tuned model out, with its files. @throws NotFoundError; StateError for a base model */
  delete(id: string, visibility: Visibility): Promise<void>;
}
