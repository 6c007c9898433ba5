import { type SQL, sql } from 'drizzle-orm';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { nodeNames } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import {
  type AddressRecord,
  RECORD_TTL_S,
  type Zone,
  type ZoneChange,
  ZoneFailed,
  type ZoneRecord,
} from './zone.ts';

type Db = Pick<Services, 'db'>;

/** Milliseconds for all that one name asks of the zone: within the claim, so that no two change it at a time. */
const APPLY_MS = 20_000;
const CLAIM_S = 30;

/** The first back-off, and the longest, in seconds: each doubles the one before. A wrong token must not cost the zone's limit, 1200 requests in five minutes. */
const BACKOFF_S = 5;
const BACKOFF_MAX_S = 300;

/** Names of one turn, side by side, and turns of one run: two requests a name, of the thousand that a Worker may make at a time. */
const TURN = 10;
const TURNS = 10;

/** Of an error, at most this much is kept. */
const ERROR_MAX_CHARS = 500;

interface Claimed extends Record<string, unknown> {
  hostname: string;
  ipv4: string | null;
  ipv6: string | null;
  wanted: boolean;
  version: number;
  claimId: string;
  attempts: number;
}

/** Brings the zone to what is noted for the name; seconds since it is so. Throws `dns_failed` and `node_name_foreign`. */
export async function applyName({ db }: Db, zone: Zone, hostname: string): Promise<number> {
  const [claimed] = await claimDue(db, sql`hostname = ${hostname}`, 1);
  if (claimed !== undefined) await applyClaimed(db, zone, claimed);
  const { rows } = await db.execute<{ age: number | null; lastError: string | null }>(sql`
    select last_error as "lastError", case when wanted and applied_version = version
      then greatest(0, extract(epoch from now() - applied_at))::float8 end as age
    from ${nodeNames} where hostname = ${hostname}`);
  const age = rows[0]?.age ?? null;
  if (age === null) throw new NearcadeError('dns_failed', rows[0]?.lastError ?? 'The record is being made');
  return age;
}

/** Applies what is due, of one node or all; what fails is logged and due again later. */
export async function applyDueNames({ db }: Db, zone: Zone, nodeId?: string): Promise<void> {
  const those = nodeId === undefined ? sql`true` : sql`node_id = ${nodeId}`;
  for (let turn = 0; turn < TURNS; turn++) {
    const due = await claimDue(db, those, TURN);
    await Promise.all(due.map(name => applyClaimed(db, zone, name).catch(() => undefined)));
    if (due.length < TURN) return;
  }
}

async function claimDue(db: Services['db'], those: SQL, most: number): Promise<Claimed[]> {
  const { rows } = await db.execute<Claimed>(sql`
    update ${nodeNames} as name
    set claim_id = gen_random_uuid(), claimed_until = now() + make_interval(secs => ${CLAIM_S}::float8),
      attempts = name.attempts + 1
    from (
      select hostname from ${nodeNames}
      where applied_version < version and next_try_at <= now() and (claimed_until is null or claimed_until <= now()) and ${those}
      order by next_try_at limit ${most} for update skip locked
    ) as due
    where name.hostname = due.hostname
    returning name.hostname, name.ipv4, name.ipv6, name.wanted, name.version, name.claim_id as "claimId", name.attempts`);
  return rows;
}

/** Throws what it failed by, after it is noted. */
async function applyClaimed(db: Services['db'], zone: Zone, claimed: Claimed): Promise<void> {
  const { hostname, claimId, version, attempts } = claimed;
  const isMine = sql`hostname = ${hostname} and claim_id = ${claimId}::uuid`;
  try {
    await bring(zone, hostname, recordsOf(claimed), AbortSignal.timeout(APPLY_MS));
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    log('warn', 'a node’s DNS record could not be changed', { hostname, attempts, ...describeError(error) });
    const wait = waitAfter(error, attempts);
    await db.execute(sql`
      update ${nodeNames} set claimed_until = null, last_error = ${message.slice(0, ERROR_MAX_CHARS)},
        next_try_at = now() + make_interval(secs => ${wait}::float8)
      where ${isMine}`);
    if (error instanceof NearcadeError) throw error;
    throw new NearcadeError('dns_failed', message, { cause: error });
  }
  await db.batch([
    db.execute(sql`delete from ${nodeNames} where ${isMine} and not wanted and version = ${version}`),
    db.execute(sql`
      update ${nodeNames}
      set claimed_until = null, attempts = 0, last_error = null, applied_version = ${version}, applied_at = now()
      where ${isMine}`),
  ]);
}

function waitAfter(error: unknown, attempts: number): number {
  const backoff = Math.min(BACKOFF_MAX_S, BACKOFF_S * 2 ** (attempts - 1));
  return error instanceof ZoneFailed ? Math.max(backoff, error.retryAfterS ?? 0) : backoff;
}

/** The records that a name should have. */
export function recordsOf(name: Pick<Claimed, 'hostname' | 'wanted' | 'ipv4' | 'ipv6'>): AddressRecord[] {
  if (!name.wanted) return [];
  const of = (type: AddressRecord['type'], content: string | null): AddressRecord[] =>
    content === null ? [] : [{ name: name.hostname, type, content }];
  return [...of('A', name.ipv4), ...of('AAAA', name.ipv6)];
}

/** Makes `records` all that is there of ours. What others have made is left alone; a wanted name that has such throws `node_name_foreign`. */
async function bring(
  zone: Zone,
  hostname: string,
  records: readonly AddressRecord[],
  signal: AbortSignal,
): Promise<void> {
  const found = await zone.recordsAt(hostname, signal);
  if (records.length > 0 && found.some(({ isOurs }) => !isOurs)) throw new NearcadeError('node_name_foreign');
  const change = differenceOf(
    records,
    found.filter(({ isOurs }) => isOurs),
  );
  if (change !== undefined) await zone.change(change, signal);
}

/** What turns the records of ours at a name into `records`; undefined: nothing. */
export function differenceOf(
  records: readonly AddressRecord[],
  found: readonly ZoneRecord[],
): ZoneChange | undefined {
  const change = {
    deletes: [] as string[],
    updates: [] as Array<AddressRecord & { id: string }>,
    creates: [] as AddressRecord[],
  };
  const kept = new Set<string>();
  for (const record of records) {
    const same = found.filter(({ type }) => type === record.type);
    const one = same.find(({ content }) => content.toLowerCase() === record.content) ?? same[0];
    if (one === undefined) {
      change.creates.push(record);
      continue;
    }
    kept.add(one.id);
    const isRight = one.content.toLowerCase() === record.content && one.ttl === RECORD_TTL_S && !one.proxied;
    if (!isRight) change.updates.push({ ...record, id: one.id });
  }
  for (const { id } of found) if (!kept.has(id)) change.deletes.push(id);
  const { deletes, updates, creates } = change;
  return deletes.length + updates.length + creates.length === 0 ? undefined : change;
}
