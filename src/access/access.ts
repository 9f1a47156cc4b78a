// API keys: made, listed, revoked, and recognised when a request bears one.
import { timingSafeEqual } from 'node:crypto';
import { InputError, NotFoundError, type Secret } from '../core/index.ts';
import type { Database, Tables } from '../store/index.ts';
import { hashOf, keyIdOf, namedKeyId, newKeySecret, publicPrefix } from './key-secret.ts';
import { checkScopes, type Principal, type Scope, scopes as scopeNames, withImplied } from './principal.ts';
import type { AccessTables } from './tables.ts';

/** An API key, without its secret. Times are in ms since 1970. */
export type ApiKey = {
  /** `key_...`; not secret. */
  readonly id: string;
  /** What the secret begins with, for people to recognise it by; not secret. */
  readonly prefix: string;
  readonly owner: string;
  readonly name: string | undefined;
  /** As given, without what they imply. */
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** To the minute. */
  readonly lastUsedAt: number | undefined;
};

/** What a new key is for. */
export type NewKey = {
  /** Whose things its bearer sees and makes. */
  readonly owner: string;
  readonly scopes: readonly Scope[];
  /** What the key is called in lists. */
  readonly name?: string | undefined;
  /** In ms since 1970; without it the key is good until it is revoked. */
  readonly expiresAt?: number | undefined;
};

/** The API keys of one database. */
export interface Access {
  /** Makes a key. Its secret is given out here and never again: the database has only a hash. @throws InputError */
  create(key: NewKey): Promise<{ readonly key: ApiKey; readonly secret: Secret }>;
  /** All keys, the oldest first, revoked and expired ones too. */
  list(): Promise<readonly ApiKey[]>;
  /**
   * Makes a key useless: at once here, within 2 s in other processes. Once more is no error.
   * @param name its id, or what its secret begins with
   * @throws NotFoundError
   */
  revoke(name: string): Promise<ApiKey>;
  /** Who bears a secret; undefined for one that is unknown, mistyped, expired or revoked. */
  verify(secret: string): Promise<Principal | undefined>;
  /**
   * Whether a key was ever made: if so, requests need one. Revoked and expired keys count, so that the end of the last one does
   * not open a server to everybody. The first key of another process is known 250 ms later.
   */
  any(): Promise<boolean>;
}

/** Options of {@link openAccess}. */
export type AccessOptions = {
  /** The clock, in ms since 1970. */
  readonly now?: () => number;
};

/** The API keys of a database to which {@link accessMigration} was applied. */
export function openAccess(database: Database, { now = Date.now }: AccessOptions = {}): Access {
  return new DatabaseAccess(database.tables<AccessTables>(), now);
}

/** For so long a key that was read is believed, in ms: a revocation elsewhere must be honoured within 2 s. */
const believed = 1500;
/** For so long it is believed that there is no key at all, in ms. */
const noneBelieved = 250;
/** Keys kept in memory; the one read first goes first. */
const keptKeys = 10_000;
/** The time of last use is written so often, in ms. */
const usePrecision = 60_000;

type KeyRow = AccessTables['api_keys'];
type ReadKey = { readonly row: KeyRow; readonly readAt: number };

class DatabaseAccess implements Access {
  readonly #tables: Tables<AccessTables>;
  readonly #now: () => number;
  readonly #read = new Map<string, ReadKey>();
  readonly #used = new Map<string, number>();
  /** Grows with each revocation: what was read before one must not be kept after it. */
  #revocations = 0;
  #any = false;
  #lookedForAnyAt = Number.NEGATIVE_INFINITY;

  constructor(tables: Tables<AccessTables>, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  async create({ owner, scopes, name, expiresAt }: NewKey) {
    const now = this.#now();
    checkText('the owner', owner);
    if (name !== undefined) checkText('the name', name);
    checkScopes(scopes);
    if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > now))
      throw new InputError('Cannot make the key: it would have expired already; give a later time');
    const { id, secret, hash } = newKeySecret();
    const row: KeyRow = {
      id,
      owner,
      name: name ?? null,
      scopes: scopeNames.filter((scope) => scopes.includes(scope)).join(','),
      hash,
      created_at: now,
      expires_at: expiresAt ?? null,
      revoked_at: null,
      last_used_at: null,
    };
    await this.#tables.write(({ db }) => db.insertInto('api_keys').values(row).execute());
    this.#any = true;
    return { key: keyOf(row), secret };
  }

  async list(): Promise<readonly ApiKey[]> {
    const query = this.#tables.db.selectFrom('api_keys').selectAll();
    return (await query.orderBy('created_at').orderBy('id').execute()).map(keyOf);
  }

  async revoke(name: string): Promise<ApiKey> {
    const id = namedKeyId(name);
    const revoked_at = this.#now();
    const row = await this.#tables.write(async ({ db }) => {
      const live = db.updateTable('api_keys').set({ revoked_at }).where('id', '=', id);
      await live.where('revoked_at', 'is', null).execute();
      return db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    });
    this.#revocations++;
    this.#read.delete(id);
    if (row === undefined)
      throw new NotFoundError(`Cannot revoke '${id}': there is no such key; hone keys list shows all`);
    return keyOf(row);
  }

  async verify(secret: string): Promise<Principal | undefined> {
    const id = keyIdOf(secret);
    const row = id === undefined ? undefined : await this.#find(id);
    if (row === undefined || !isSameHash(row.hash, hashOf(secret))) return undefined;
    const now = this.#now();
    if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined;
    this.#noteUse(row, now);
    return { keyId: row.id, owner: row.owner, scopes: withImplied(scopesOf(row)) };
  }

  async any(): Promise<boolean> {
    // Once true it stays so; until then servers ask at each request, and must not pay a query for it
    const now = this.#now();
    if (this.#any || now - this.#lookedForAnyAt < noneBelieved) return this.#any;
    this.#lookedForAnyAt = now;
    this.#any =
      (await this.#tables.db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined;
    return this.#any;
  }

  async #find(id: string): Promise<KeyRow | undefined> {
    // Before the query: what it finds may be out of date from this moment on.
    const readAt = this.#now();
    const kept = this.#read.get(id);
    if (kept !== undefined && isFresh(kept.readAt, readAt)) return kept.row;
    const revocations = this.#revocations;
    const query = this.#tables.db.selectFrom('api_keys').selectAll().where('id', '=', id);
    const row = await query.executeTakeFirst();
    this.#read.delete(id);
    if (row !== undefined && revocations === this.#revocations) this.#keep({ row, readAt });
    return row;
  }

  #keep(key: ReadKey): void {
    this.#read.set(key.row.id, key);
    const [oldest] = this.#read.keys();
    if (this.#read.size > keptKeys && oldest !== undefined) this.#read.delete(oldest);
  }

  /** Beside the request, which neither waits for it nor fails with it: the time of last use is a help, not a record. */
  #noteUse({ id, last_used_at }: KeyRow, now: number): void {
    const last = Math.max(this.#used.get(id) ?? 0, last_used_at ?? 0);
    if (now - last < usePrecision) return;
    this.#used.set(id, now);
    this.#tables
      .write(({ db }) => db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute())
      .catch(() => this.#used.delete(id));
  }
}

/** A clock that was set back makes nothing fresh for longer. */
function isFresh(readAt: number, now: number): boolean {
  return now >= readAt && now - readAt < believed;
}

function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function keyOf(row: KeyRow): ApiKey {
  return {
    id: row.id,
    prefix: publicPrefix(row.id),
    owner: row.owner,
    name: row.name ?? undefined,
    scopes: scopesOf(row),
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}

/** A scope that this version does not know gives nothing. */
function scopesOf({ scopes }: KeyRow): readonly Scope[] {
  const given = scopes.split(',');
  return scopeNames.filter((scope) => given.includes(scope));
}

/** Owners and names are shown in lists and logs: one line, not too long, and no two that look the same. */
function checkText(what: string, text: string): void {
  if (/^\S(.{0,126}\S)?$/su.test(text) && !/\p{Cc}/u.test(text)) return;
  throw new InputError(
    `Cannot make the key: ${what} is ${JSON.stringify(text.slice(0, 200))}; give 1 to 128 characters on one line, without spaces around them`,
  );
}
