import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { GameManifest } from '#shared/manifest.ts';

export interface TestNode {
  /** What it has installed. */
  games: ReadonlyArray<Pick<GameManifest, 'slug' | 'version'>>;
  region?: string;
  state?: 'ready' | 'draining' | 'lost';
  /** How long it will still be taken for alive. */
  leaseSeconds?: number;
}

/** Puts a node into a database as it is there once it has registered. */
export async function addNode(
  url: string,
  { games, region = 'eu-central-1', state = 'ready', leaseSeconds = 3600 }: TestNode,
): Promise<void> {
  const id = randomUUID();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into nodes (id, boot_id, token_hash, region, signal_url, slot_count, version, state, lease_expires_at)
       values ($1, gen_random_uuid(), $1, $2, 'wss://node.example.org', 2, '0.1.0', $3, now() + make_interval(secs => $4))`,
      [id, region, state, leaseSeconds],
    );
    for (const { slug, version } of games) {
      await client.query('insert into node_games (node_id, game, version) values ($1, $2, $3)', [
        id,
        slug,
        version,
      ]);
    }
  } finally {
    await client.end();
  }
}
