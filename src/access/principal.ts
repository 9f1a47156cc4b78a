// Who makes a request, and what they may do.
import { didYouMean, InputError } from '../core/index.ts';

/** What a key can be good for, as `hone keys create --scopes` takes them. */
export const scopes = ['train', 'infer', 'read', 'admin'] as const;

/**
 * - `read`: look at files, jobs, models, runs;
 * - `train`: upload files, start and stop jobs, record runs, change models; implies `read`, for who trains must see what becomes of it;
 * - `infer`: talk to models, and nothing else: the scope of a key that lies in an application;
 * - `admin`: everything, and of every owner.
 */
export type Scope = (typeof scopes)[number];

/** Who makes a request. */
export type Principal = {
  /** The key by which they came; null where the server has none. */
  readonly keyId: string | null;
  /** Whose things they see and make. */
  readonly owner: string;
  /** What they may do, with all that their scopes imply: `scopes.has(...)` is the whole question. */
  readonly scopes: ReadonlySet<Scope>;
};

const implied: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  train: ['train', 'read'],
  infer: ['infer'],
  admin: scopes,
};

/** The scopes with all that they imply. */
export function withImplied(given: readonly Scope[]): ReadonlySet<Scope> {
  return new Set(given.flatMap((scope) => implied[scope]));
}

/** Everybody who reaches a server without keys. A key made for the owner `local` later sees what was made until then. */
export const localPrincipal: Principal = { keyId: null, owner: 'local', scopes: new Set(scopes) };

/** The owner to whose things a principal is confined; undefined for an admin, who sees those of all. */
export function visibleOwner({ owner, scopes: granted }: Principal): string | undefined {
  return granted.has('admin') ? undefined : owner;
}

/** The scopes of a text such as `train,infer`. @throws InputError for an unknown one, or none */
export function parseScopes(text: string): readonly Scope[] {
  const words = text.split(',').map((word) => word.trim());
  const given = words.filter((word) => word !== '');
  checkScopes(given);
  return given;
}

/** @throws InputError where one is unknown, or there is none */
export function checkScopes(given: readonly string[]): asserts given is readonly Scope[] {
  const unknown = given.find((one) => !scopes.some((scope) => scope === one));
  if (unknown !== undefined)
    throw new InputError(`Cannot make a key with the scope '${unknown}'; ${didYouMean(unknown, scopes)}`);
  if (given.length === 0)
    throw new InputError(`Cannot make a key without scopes; give some of ${scopes.join(', ')}`);
}
