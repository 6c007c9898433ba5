import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { NEARCADE_DIR } from '#local/paths.ts';
import { type Postgres, startPostgres } from '#local/services/postgres.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';

/** As Terraform calls them (terraform/modules/neon). */
const OWNER = 'nearcade_first';
const DATABASE = 'nearcade';

interface Cluster {
  /** One each: what ends a child ends all that its supervisor has started by that name. */
  supervisor: Supervisor;
  postgres: Postgres;
  folder: string;
}

/**
 * What is behind a project's branches: a real Postgres each, over TLS as at Neon, so that roles, their passwords and all rows come and go with a
 * branch. Of a branch's history it has the moments that it was told to keep.
 */
export class NeonClusters {
  /** Of who signs the servers' certificate: for NODE_EXTRA_CA_CERTS and PGSSLROOTCERT. */
  readonly authority: string;
  readonly #folder: string;
  readonly #password = randomUUID();
  /** By the branch's id; those that can be reached. */
  readonly #running = new Map<string, Cluster>();
  /** Where the data is of branches that have no endpoint. */
  readonly #resting = new Map<string, string>();
  readonly #moments: { of: string; at: number; folder: string }[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.authority = join(folder, 'server.crt');
  }

  /** With one branch, which has an owner and an empty database. */
  static async open(id: string): Promise<NeonClusters> {
    mkdirSync(NEARCADE_DIR, { recursive: true });
    const clusters = new NeonClusters(mkdtempSync(join(NEARCADE_DIR, 'test-neon-')));
    await clusters.#makeFirst(id);
    return clusters;
  }

  async #makeFirst(id: string): Promise<void> {
    const about = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', join(this.#folder, 'server.key'), '-out', this.authority];
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...about], { stdio: 'ignore' });
    const folder = this.#newFolder(id);
    await this.#start(id, folder);
    // As Neon's first role is: no superuser, but one who makes roles.
    await this.#ask(
      id,
      `create role ${OWNER} login createrole password '${randomUUID()}'; alter database ${DATABASE} owner to ${OWNER}`,
    );
    for (const name of ['server.crt', 'server.key']) cpSync(join(this.#folder, name), join(folder, name));
    appendFileSync(join(folder, 'postgresql.conf'), 'ssl = on\n');
    const { postgres } = this.#clusterOf(id);
    await postgres.stop();
    await postgres.start();
  }

  /** A branch's address; undefined for one that has no endpoint. */
  host(id: string): string | undefined {
    const cluster = this.#running.get(id);
    return cluster === undefined ? undefined : `localhost:${cluster.postgres.port}`;
  }

  /** Keeps what a branch holds now, for who goes back to a time between this and the next. */
  async keep(id: string): Promise<void> {
    const folder = this.#newFolder('moment');
    await this.#copy(id, folder);
    this.#moments.push({ of: id, at: Date.now(), folder });
  }

  /** A new branch: what another one holds, or held. Its roles have passwords that nobody knows, as on a branch of a protected one. */
  async branch(id: string, of: string, at?: string): Promise<void> {
    const folder = this.#newFolder(id);
    await this.#copy(of, folder, at);
    await this.#start(id, folder);
    await this.#ask(
      id,
      `do $$ declare name text; begin
         for name in select rolname from pg_roles where rolcanlogin and rolname not in ('postgres', 'nearcade') loop
           execute format('alter role %I password %L', name, gen_random_uuid());
         end loop; end $$`,
    );
  }

  /** A branch holds what another one holds, or held, at the same address; `kept` holds what it held, and has no endpoint. */
  async restore(id: string, of: string, at: string | undefined, kept: string): Promise<void> {
    const { folder, postgres } = this.#clusterOf(id);
    const source = this.#newFolder('source');
    await this.#copy(of, source, at);
    await postgres.stop();
    const old = this.#newFolder(kept);
    renameSync(folder, old);
    this.#resting.set(kept, old);
    renameSync(source, folder);
    await postgres.start();
  }

  /** Gives a branch that has none an endpoint. */
  async wake(id: string): Promise<void> {
    const folder = this.#resting.get(id);
    if (folder === undefined) return;
    this.#resting.delete(id);
    await this.#start(id, folder);
  }

  async setPassword(id: string, role: string, password: string): Promise<void> {
    await this.#ask(id, `alter role ${role} password ${pg.escapeLiteral(password)}`);
  }

  async remove(id: string): Promise<void> {
    await this.#running.get(id)?.supervisor.close();
    this.#running.delete(id);
    this.#resting.delete(id);
  }

  /** Asks as the superuser, whom nobody has at Neon. */
  async #ask(id: string, text: string): Promise<void> {
    const url = new URL(this.#clusterOf(id).postgres.adminUrl);
    url.pathname = DATABASE;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  #clusterOf(id: string): Cluster {
    const cluster = this.#running.get(id);
    if (cluster === undefined) throw new Error(`${id} has no endpoint`);
    return cluster;
  }

  #newFolder(name: string): string {
    return join(this.#folder, `${name}-${randomUUID().slice(0, 8)}`);
  }

  async #start(id: string, folder: string): Promise<void> {
    const supervisor = new Supervisor(`${folder}.json`);
    const postgres = await startPostgres({
      supervisor,
      dataDir: folder,
      logFile: `${folder}.log`,
      passwords: { admin: this.#password, app: this.#password },
      durable: false,
      signal: new AbortController().signal,
    });
    this.#running.set(id, { supervisor, postgres, folder });
  }

  /** Copies what a branch holds, or held at a time, to a folder: of a server that has ended, so that it is whole. */
  async #copy(of: string, to: string, at?: string): Promise<void> {
    const moment = at === undefined ? undefined : this.#momentOf(of, at);
    const cluster = this.#running.get(of);
    const from = moment ?? this.#resting.get(of) ?? this.#clusterOf(of).folder;
    const server = moment === undefined ? cluster?.postgres : undefined;
    await server?.stop();
    cpSync(from, to, { recursive: true });
    // Postgres wants it so, and the copy has it of the umask.
    chmodSync(to, 0o700);
    await server?.start();
  }

  #momentOf(of: string, at: string): string {
    const moments = this.#moments.filter(moment => moment.of === of && moment.at <= Date.parse(at));
    const moment = moments.at(-1);
    if (moment === undefined) throw new Error(`${of} has kept nothing of ${at}`);
    return moment.folder;
  }

  async close(): Promise<void> {
    for (const { supervisor } of this.#running.values()) await supervisor.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
