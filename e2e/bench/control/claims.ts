import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import type pg from 'pg';
import { pathOf } from '#shared/api/endpoint.ts';
import { type Entry, playApi } from '#shared/api/play.ts';
import { type CpuParts, meterParts } from './cpu-parts.ts';
import type { BenchFleet } from './fleet.ts';
import { type Load, PlainCallers, summarize } from './load.ts';
import type { BenchPlayer } from './players.ts';

/** Sessions that a caller holds before it lets one go: all callers together need fewer slots than there are. */
const HELD_PER_CALLER = 3;

/** Of the sessions that end, the part that their host ends over HTTP; the others' nodes report it, through the queue. */
const ENDED_BY_HOST = 0.5;

/** Not counted: every caller connects, and each connection to Postgres plans what it will run. */
const WARM_UP_PER_CALLER = 4;

/** Claims between two losses of a node. */
const CLAIMS_PER_LOSS = 400;

export interface Claims extends Load {
  claims: number;
  releases: number;
  nodeLosses: number;
  /** Slot and epoch given to two sessions. */
  doubleClaims: number;
  /** Slots that nobody holds and nobody can have, when all is over. */
  lostSlots: number;
  /** Claims that met a session which had ended meanwhile, or had to queue. */
  others: number;
  cpuMs: CpuParts;
}

interface Held {
  player: BenchPlayer;
  sessionId: string;
  node: string;
  epoch: number;
}

/** Claims, releases and node losses from all callers at once, until there were `wanted` claims. */
export async function measureClaims(parts: {
  origin: string;
  callers: number;
  wanted: number;
  players: readonly BenchPlayer[];
  fleet: BenchFleet;
  database: pg.Client;
  game: string;
  /** The cron's turn. */
  runChores: () => Promise<void>;
  signal: AbortSignal;
}): Promise<Claims> {
  const { fleet, game, wanted } = parts;
  const callers = new PlainCallers(parts.origin, parts.callers);
  const mine = (caller: number) => parts.players.filter((_, index) => index % parts.callers === caller);
  const idle = Array.from({ length: parts.callers }, (_, caller) => [...mine(caller)]);
  const held: Held[][] = idle.map(() => []);
  const given = new Set<string>();
  const times: number[] = [];
  const count = { releases: 0, nodeLosses: 0, doubleClaims: 0, others: 0 };
  const ended = new Map<string, Held[]>();

  const claim = async (caller: number): Promise<void> => {
    const player = idle[caller]?.shift();
    if (player === undefined) throw new Error('a caller has no idle player left');
    const begin = performance.now();
    const headers = { authorization: `Bearer ${player.token}`, 'idempotency-key': randomUUID() };
    const { status, text } = await callers.call(caller, 'POST', playApi.create.path, headers, { game });
    if (status === 409) {
      // The queue has not come to the end of their last session yet.
      count.others += 1;
      idle[caller]?.push(player);
      return;
    }
    if (status !== 201) throw new Error(`a claim was answered ${status}: ${text}`);
    times.push(performance.now() - begin);
    // Not by its schema, which would be a good part of what a caller costs: the tests look at every field.
    const entry = JSON.parse(text) as Entry;
    if (entry.kind === 'queued') {
      count.others += 1;
      await endByHost(caller, player, entry.session.id);
      idle[caller]?.push(player);
      return;
    }
    const claims = decodeJwt<{ slot: number; epoch: number }>(entry.ticket);
    const node = String(claims.aud);
    const name = `${node}/${claims.slot}/${claims.epoch}`;
    if (given.has(name)) count.doubleClaims += 1;
    given.add(name);
    held[caller]?.push({ player, sessionId: entry.session.id, node, epoch: claims.epoch });
    if (times.length % CLAIMS_PER_LOSS === 0) {
      count.nodeLosses += 1;
      await fleet.lose(count.nodeLosses % fleet.nodes.length);
    }
  };

  const endByHost = async (caller: number, player: BenchPlayer, id: string) => {
    const headers = { authorization: `Bearer ${player.token}` };
    const { status, text } = await callers.call(caller, 'DELETE', pathOf(playApi.end, { id }), headers);
    // 404 and 410: its node was lost a moment ago.
    if (![204, 404, 409, 410].includes(status)) throw new Error(`an end was answered ${status}: ${text}`);
  };

  const release = async (caller: number): Promise<void> => {
    const session = held[caller]?.shift();
    if (session === undefined) return;
    count.releases += 1;
    if (Math.random() < ENDED_BY_HOST) await endByHost(caller, session.player, session.sessionId);
    else await reportEnd(session);
    idle[caller]?.push(session.player);
  };

  /** As a node's outbox does: one request at a time, with all that has come up since the last. */
  const reportEnd = async (session: Held): Promise<void> => {
    const waiting = ended.get(session.node);
    if (waiting !== undefined) {
      waiting.push(session);
      return;
    }
    for (let batch = [session]; batch.length > 0; ) {
      const next: Held[] = [];
      ended.set(session.node, next);
      const node = fleet.nodes.find(({ id }) => id === session.node);
      // Whose token is an older start's has nothing to say any more: its sessions have failed.
      if (node !== undefined) await fleet.report(node, batch).catch(() => undefined);
      batch = next;
    }
    ended.delete(session.node);
  };

  const runUntil = (claims: number) =>
    callers.run(
      async caller => {
        if ((held[caller]?.length ?? 0) >= HELD_PER_CALLER) await release(caller);
        else await claim(caller);
      },
      () => times.length >= claims || parts.signal.aborted,
    );

  await runUntil(WARM_UP_PER_CALLER * parts.callers);
  times.length = 0;
  const cpuMs = meterParts();
  const begin = performance.now();
  await runUntil(wanted);
  const seconds = (performance.now() - begin) / 1000;
  const cpu = cpuMs(times.length);
  for (const [caller, sessions] of held.entries()) while (sessions.length > 0) await release(caller);
  callers.close();
  return {
    ...summarize(times, seconds),
    claims: times.length,
    ...count,
    cpuMs: cpu,
    lostSlots: await lostSlots(parts),
  };
}

/** The queue may still hold ends, and the cron has to return what nobody else does: waits for both, then counts slots that are not free. */
async function lostSlots({
  database,
  runChores,
  signal,
}: {
  database: pg.Client;
  runChores: () => Promise<void>;
  signal: AbortSignal;
}): Promise<number> {
  for (let waited = 0; ; waited++) {
    signal.throwIfAborted();
    await runChores();
    const { rows } = await database.query<{ busy: number }>(`
      select count(*)::int as busy from slots join nodes on nodes.id = slots.node_id
      where slots.session_id is not null and slots.index < nodes.slot_count`);
    const busy = rows[0]?.busy ?? 0;
    if (busy === 0 || waited >= MAX_WAIT_S) return busy;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
}

/** Longer than a reservation lasts: a slot that is still held then is lost. */
const MAX_WAIT_S = 60;
