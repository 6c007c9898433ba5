import { type SQL, sql } from 'drizzle-orm';
import { networkAddress } from '#edge/http/client-address.ts';
import { describeError, log } from '#edge/http/log.ts';
import { isLoopback } from '#edge/http/public-origin.ts';
import type { Services } from '#edge/services.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { nodeNames } from '#edge/store/schema.ts';
import type { NodeName, NodeNameRequest } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { applyDueNames, applyName } from './apply.ts';
import { isHeld, isMember } from './held.ts';
import { isPublicAddress } from './public-address.ts';
import { sweepZone } from './sweep.ts';

type NamingServices = Pick<Services, 'db' | 'settings' | 'zone' | 'clientAddress'>;

/** Characters of a name in all (RFC 1035, 2.3.4), without the dot at its end. */
const NAME_MAX_CHARS = 253;

/**
 * The name of a node, which leads to its address when this answers. Throws `naming_off`, `node_address_wrong`, `node_name_held` for a
 * name that another machine has, or an address, `node_name_foreign`, and `dns_failed`, after which it may ask again.
 */
export async function nameNode(services: NamingServices, request: NodeNameRequest): Promise<NodeName> {
  const { zone } = services;
  if (zone === undefined) throw new NearcadeError('naming_off');
  const address = ownAddress(services, request.address);
  const hostname = `${request.nodeId}.${zone.domain}`;
  if (hostname.length > NAME_MAX_CHARS)
    throw new NearcadeError('invalid_request', `${hostname} is too long a name`);
  await claimName(services, request, hostname, address);
  return { hostname, ageSeconds: await applyName(services, zone, hostname) };
}

/** The address that the node says it has and the request comes from. One machine's platform takes any, since it has no public one. */
function ownAddress({ settings, clientAddress }: NamingServices, said: string): string {
  const address = networkAddress(said);
  const isReal =
    address !== null && (isPublicAddress(address) || isLoopback(new URL(settings.PUBLIC_URL).hostname));
  if (!isReal) throw new NearcadeError('node_address_wrong', `${said} is no public address`);
  if (networkAddress(clientAddress) !== address) {
    throw new NearcadeError('node_address_wrong', 'The request has to come from the address that it is for');
  }
  return address;
}

/** Notes what the zone has to have: for the name's own machine, or whoever comes when nobody has the name. */
async function claimName(
  { db }: NamingServices,
  { nodeId, bootId }: NodeNameRequest,
  hostname: string,
  address: string,
): Promise<void> {
  const isIpv6 = address.includes(':');
  const column = sql.raw(isIpv6 ? 'ipv6' : 'ipv4');
  const [ipv4, ipv6] = isIpv6 ? [null, address] : [address, null];
  // Another start of the program may have lost an address; the same one adds that of the other family.
  const next = (of: SQL) => sql`(case when name.boot_id = excluded.boot_id and name.wanted
    then coalesce(excluded.${of}, name.${of}) else excluded.${of} end)`;
  const [nextIpv4, nextIpv6] = [next(sql.raw('ipv4')), next(sql.raw('ipv6'))];
  const isChanged = sql`(not name.wanted
    or name.ipv4 is distinct from ${nextIpv4} or name.ipv6 is distinct from ${nextIpv6})`;
  const isOtherStart = sql`node.boot_id <> ${bootId}::uuid`;
  try {
    const [, { rows }] = await db.batch([
      // Who calls from the address has it: what else had it is no more, unless it is heard of.
      giveUp(
        db,
        sql`name.hostname <> ${hostname} and name.${column} = ${address}
          and (name.node_id = ${nodeId} or not ${isMember(sql`name.node_id`)})`,
      ),
      db.execute(sql`
        insert into ${nodeNames} as name (hostname, node_id, boot_id, ipv4, ipv6)
        select ${hostname}::text, ${nodeId}::text, ${bootId}::uuid, ${ipv4}::text, ${ipv6}::text
        where exists (select 1 from ${nodeNames} where hostname = ${hostname})
          or not ${isMember(sql`${nodeId}::text`, isOtherStart)}
        on conflict (hostname) do update set
          boot_id = excluded.boot_id, asked_at = now(), wanted = true,
          ipv4 = ${nextIpv4}, ipv6 = ${nextIpv6},
          version = name.version + ${isChanged}::int,
          attempts = case when ${isChanged} then 0 else name.attempts end,
          next_try_at = case when ${isChanged} then now() else name.next_try_at end
        where name.wanted and (name.boot_id = excluded.boot_id or name.${column} = ${address}) or not ${isHeld}
          or ${isMember(sql`excluded.node_id`, sql`node.boot_id = excluded.boot_id`)}
        returning 1`),
    ]);
    if (rows.length > 0) return;
  } catch (error) {
    if (violatedUnique(error) === undefined) throw error;
  }
  throw new NearcadeError('node_name_held');
}

/** The names that `those` (over `name`) are nobody's any more; a statement. */
function giveUp(db: Services['db'], those: SQL) {
  return db.execute(sql`
    update ${nodeNames} as name
    set wanted = false, version = name.version + 1, attempts = 0, next_try_at = now()
    where name.wanted and ${those}`);
}

/** The node has left: its records go at once, or with the next cron. Never throws. */
export async function letGoOfName(services: NamingServices, nodeId: string): Promise<void> {
  const { db, zone } = services;
  if (zone === undefined) return;
  try {
    await giveUp(db, sql`name.node_id = ${nodeId} and not ${isHeld}`);
    await applyDueNames(services, zone, nodeId);
  } catch (error) {
    log('warn', 'the name of a node that has left is not removed yet', { nodeId, ...describeError(error) });
  }
}

/** Cron's: names whose node is gone, or did not come, are removed; what could not be done before is done; now and then zone and names are compared. */
export async function keepNames(services: NamingServices): Promise<void> {
  const { db, zone } = services;
  if (zone === undefined) return;
  await giveUp(db, sql`not ${isHeld}`);
  await sweepZone(services, zone);
  await applyDueNames(services, zone);
}
