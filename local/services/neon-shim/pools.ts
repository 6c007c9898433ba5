import pg from 'pg';

/** Connections per role and database: workerd runs one request beside the other, Postgres allows 100 in all. */
const MAX_CONNECTIONS = 10;

/**
 * Forgets what a session has, but not its plans: `discard all` would have the checks of foreign keys planned anew for every statement
 * (manual of DISCARD, which says what else it does).
 */
const RESET = `
  close all; set session authorization default; reset all; deallocate all; unlisten *;
  select pg_advisory_unlock_all(); discard temp; discard sequences`;

/** A connection that is lent, until its work is done. */
export interface Lent {
  readonly client: pg.PoolClient;
  /** Says that its session may have been changed. */
  soil(): void;
}

/** Connections to the local Postgres, pooled by credentials as Neon's proxy does: a SCRAM login costs milliseconds. */
export class Pools {
  /** A path stands for the folder of a Unix socket (libpq's manual, `host`). */
  readonly #host: string;
  readonly #postgresPort: number;
  readonly #pools = new Map<string, pg.Pool>();
  /** The pool of a connection string that was seen before, so that it is not taken apart for each query. */
  readonly #known = new Map<string, pg.Pool>();

  /** `socketDir`: of its Unix socket. */
  constructor(postgresPort: number, socketDir = '127.0.0.1') {
    this.#host = socketDir;
    this.#postgresPort = postgresPort;
  }

  /**
   * Runs `work` on a connection with the role, password and database of a connection string (its host is Neon's
   * business and ignored). Nothing of the session outlives the work. Throws what Postgres or `work` throws.
   */
  async use<T>(connectionString: string, work: (lent: Lent) => Promise<T>): Promise<T> {
    const client = await this.#pool(connectionString).connect();
    let isSoiled = false;
    const soil = () => {
      isSoiled = true;
    };
    try {
      return await work({ client, soil });
    } finally {
      // A transaction was left open (`I` is idle): such a connection is not used again.
      if (client.getTransactionStatus() !== 'I') client.release(true);
      else if (!isSoiled) client.release();
      else {
        client.query(RESET).then(
          () => client.release(),
          () => client.release(true),
        );
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(pool => pool.end()));
  }

  #pool(connectionString: string): pg.Pool {
    let pool = this.#known.get(connectionString);
    if (pool === undefined) {
      pool = this.#poolOf(new URL(connectionString));
      this.#known.set(connectionString, pool);
    }
    return pool;
  }

  #poolOf(url: URL): pg.Pool {
    const key = `${url.username}:${url.password}@${url.pathname}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new pg.Pool({
      host: this.#host,
      port: this.#postgresPort,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      max: MAX_CONNECTIONS,
      // A batch goes out as a whole, instead of each statement when the one before it was answered.
      pipeline: true,
    });
    // An idle connection that Postgres cuts (it shuts down) is no error of anybody's query.
    pool.on('error', () => {});
    this.#pools.set(key, pool);
    return pool;
  }
}
