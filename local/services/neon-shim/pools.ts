import pg from 'pg';

/** Connections per role and database: workerd runs one request beside the other, Postgres allows 100 in all. */
const MAX_CONNECTIONS = 10;

/** Connections to the local Postgres, pooled by credentials as Neon's proxy does: a SCRAM login costs milliseconds. */
export class Pools {
  readonly #postgresPort: number;
  readonly #pools = new Map<string, pg.Pool>();

  constructor(postgresPort: number) {
    this.#postgresPort = postgresPort;
  }

  /**
   * Runs `work` on a connection with the role, password and database of a connection string (its host is Neon's
   * business and ignored). Nothing of the session outlives the work. Throws what Postgres or `work` throws.
   */
  async use<T>(connectionString: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool(connectionString).connect();
    try {
      return await work(client);
    } finally {
      // Fails inside a transaction that was left open: such a connection is not used again.
      client.query('discard all').then(
        () => client.release(),
        () => client.release(true),
      );
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(pool => pool.end()));
  }

  #pool(connectionString: string): pg.Pool {
    const url = new URL(connectionString);
    const key = `${url.username}:${url.password}@${url.pathname}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new pg.Pool({
      host: '127.0.0.1',
      port: this.#postgresPort,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      max: MAX_CONNECTIONS,
    });
    // An idle connection that Postgres cuts (it shuts down) is no error of anybody's query.
    pool.on('error', () => {});
    this.#pools.set(key, pool);
    return pool;
  }
}
