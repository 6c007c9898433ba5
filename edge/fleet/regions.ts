import { sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { nodes } from '#edge/store/schema.ts';
import type { Region } from '#shared/api/play.ts';

/** Nodes of a region that a client may measure: one may be slow by itself. */
const PROBES = 2;

/** The regions that have a node, with nodes that answer pings. */
export async function listRegions(db: Database): Promise<Region[]> {
  const { rows } = await db.execute<Region>(sql`
    select region, array_agg(signal_url order by id) as probes
    from (
      select node.region, node.signal_url, node.id,
        row_number() over (partition by node.region order by node.lease_expires_at desc) as rank
      from ${nodes} as node where node.state = 'ready' and node.lease_expires_at > now()) as ranked
    where rank <= ${PROBES} group by region order by region`);
  return rows;
}
