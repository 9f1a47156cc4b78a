// The rows of the API keys, as the queries of this folder see them.

/** Times are in ms since 1970. */
export type AccessTables = {
  readonly api_keys: {
    /** `key_` and the letters that the secret begins with. */
    readonly id: string;
    readonly owner: string;
    readonly name: string | null;
    /** As they were given, by comma. */
    readonly scopes: string;
    /** SHA-256 of the whole secret, hexadecimal. */
    readonly hash: string;
    readonly created_at: number;
    readonly expires_at: number | null;
    readonly revoked_at: number | null;
    readonly last_used_at: number | null;
  };
};
