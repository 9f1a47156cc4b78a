// The rows of the uploaded files, as the queries of this folder see them.

/** Times are in s since 1970. */
export type FileTables = {
  readonly files: {
    readonly id: string;
    readonly owner: string;
    readonly filename: string;
    readonly purpose: string;
    /** `writing` until all bytes are kept, `deleting` until none is; only what is `kept` is seen. */
    readonly state: 'writing' | 'kept' | 'deleting';
    readonly status: string;
    readonly status_details: string | null;
    readonly bytes: number;
    readonly sha256: string;
    readonly created_at: number;
    readonly expires_at: number | null;
  };
};
