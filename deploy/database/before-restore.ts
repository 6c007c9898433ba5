import { deployer } from '#deploy/commit.ts';
import { connect } from '#deploy/migrations/connect.ts';
import { type Applied, readHistory } from '#deploy/migrations/history.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { isOpen, otherTurn, turnOf } from '#deploy/secrets/database-roles.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type DatabaseContext, OWNER_URL } from './context.ts';

/** What a database had before it was restored, as far as is known. */
export interface FactsBefore {
  migrations: readonly Applied[] | undefined;
  /** Whether the Worker's role whose turn it is not was let in. */
  isOtherOpen: boolean | undefined;
  /** Names of the platforms (PLATFORM_NAME) that were in maintenance. */
  inMaintenance: readonly string[] | undefined;
}

export const NOTHING_KNOWN: FactsBefore = {
  migrations: undefined,
  isOtherOpen: undefined,
  inMaintenance: undefined,
};

export interface Before {
  facts: FactsBefore;
  /** Lets deploys go on. */
  close(): Promise<void>;
}

/**
 * Holds deploys back, and notes what the restored database is compared with. A database that cannot be asked may be the very reason to restore
 * it: then it says so, and nothing is known. Throws `deploy_locked`.
 */
export async function lookBefore({ store, print }: DatabaseContext): Promise<Before> {
  try {
    const ownerUrl = await store.read(OWNER_URL);
    const lock = await takeDeployLock({
      url: ownerUrl,
      holder: `restore by ${deployer()}`,
      onWait: holder => print(`Waiting for ${holder} ...`),
    });
    try {
      const worker = await store.readStage('worker/DATABASE_URL', 'current');
      const turn = worker === undefined ? undefined : turnOf(worker);
      const isOtherOpen = turn === undefined ? undefined : await isOpen(ownerUrl, otherTurn(turn));
      return { facts: { ...(await lookAt(ownerUrl)), isOtherOpen }, close: () => lock.close() };
    } catch (error) {
      await lock.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof NearcadeError && error.code === 'deploy_locked') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    print(`No lock, and no look at what is there now: ${reason} See that nobody deploys meanwhile.`);
    return { facts: NOTHING_KNOWN, close: async () => {} };
  }
}

/** What is compared. */
export async function lookAt(
  ownerUrl: string,
): Promise<{ migrations: readonly Applied[]; inMaintenance: readonly string[] }> {
  const client = await connect(ownerUrl, 'nearcade database');
  try {
    const migrations = await readHistory(client);
    const there = await client.query(`select to_regclass('public.platforms') is not null as there`);
    const { rows } =
      there.rows[0]?.there === true
        ? await client.query<{ name: string }>('select name from platforms where maintenance order by name')
        : { rows: [] };
    return { migrations, inMaintenance: rows.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}
