// What a test can do with a PostgreSQL server.

/** A server of PostgreSQL that tests may do anything to. */
export interface PostgresServer {
  /** Leads to the server's own database; tests take one of their own from {@link PostgresServer.createDatabase}. */
  readonly url: string;
  /** The server's process; another after a crash; undefined where the server is not ours (`HONE_TEST_POSTGRES`). */
  readonly pid: number | undefined;
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Kills the server (SIGKILL) and starts it again on the same data and port. Refused where the server is not ours. */
  crash(): Promise<void>;
  /** Ends the server and removes its data; on a server that is not ours, drops the databases made here. */
  stop(): Promise<void>;
}
