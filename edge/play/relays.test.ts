import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  api,
  call,
  claimsOf,
  codeOf,
  deliver,
  heartbeat,
  join,
  newNode,
  newPlayer,
  report,
  services,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { newStage, type Stage } from '#edge/testing/stage.ts';
import { fleetApi } from '#shared/api/fleet.ts';
import { admissionSchema, playApi } from '#shared/api/play.ts';
import { MAX_SPECTATORS } from '#shared/limits.ts';
import { RELAY_TOKEN, relayClaimsSchema } from '#shared/relay.ts';
import { WHEP_TICKET } from '#shared/whep.ts';
import { joinSession } from './join.ts';

/** Fills one node of a session, its own or a relay, with spectators who are there. */
async function crowd({ admission }: Stage, relay: string | null, size = MAX_SPECTATORS): Promise<void> {
  const { db } = await services();
  const id = admission.session.id;
  await db.execute(sql`
    with crowd as (
      insert into users (email, display_name, password_hash)
      select id || '-' || ${unique('crowd')} || '@nearcade.test', 'Crowd', '' from generate_series(1, ${size}::int) as id
      returning id)
    insert into session_members (session_id, user_id, role, seen_seq, relay_node_id)
    select ${id}::uuid, id, 'spectator', 1, ${relay}::text from crowd`);
}

async function watch(player: TestPlayer, { admission }: Stage) {
  const entry = await answerOf(
    admissionSchema,
    join(player, { sessionId: admission.session.id, role: 'spectator' }),
  );
  return { ...entry, claims: claimsOf(entry.ticket) };
}

/** Other tests' nodes relay nothing: who is a relay here is one of ours. */
const newRelay = (region?: string) =>
  newNode([], { canRelay: true, ...(region === undefined ? {} : { region }) });

describe('relays', () => {
  it('take spectators when the session’s node is full of them: the ticket names both nodes', async () => {
    const stage = await newStage();
    const { id } = stage.admission.session;
    expect((await watch(await newPlayer(), stage)).claims).toMatchObject({ aud: stage.node.id });
    await crowd(stage, null);
    const spectator = await newPlayer();
    const relay = await newRelay();
    const place = await watch(spectator, stage);
    expect(place.claims).toMatchObject({
      aud: relay.id,
      origin: stage.node.id,
      sessionId: id,
      role: 'spectator',
      slot: 0,
    });

    const token = { token: relay.token };
    const way = await answerOf(
      fleetApi.relays.response,
      call('POST', '/node/v1/relays', { ...token, body: { sessionId: id } }),
    );
    const claims = relayClaimsSchema.parse(claimsOf(way.ticket));
    expect(claims).toMatchObject({
      aud: stage.node.id,
      sub: relay.id,
      sessionId: id,
      epoch: way.epoch,
      slot: 0,
    });
    expect(JSON.parse(atob(way.ticket.split('.')[0] ?? ''))).toMatchObject({ typ: RELAY_TOKEN.type });
    // The relay has no slot to do with it, and what its spectators do is told by the session's node.
    await deliver(stage.node.id, [
      report(stage.admission.ticket, {
        type: 'viewer_joined',
        seq: 1,
        userId: spectator.user.id,
        seat: null,
      }),
    ]);
    await retire(relay);
  });

  it('are told the way to no session whose spectators were not sent to them', async () => {
    const stage = await newStage();
    const { id } = stage.admission.session;
    const relay = await newRelay();
    const ask = () =>
      codeOf(call('POST', '/node/v1/relays', { token: relay.token, body: { sessionId: id } }));
    expect(await ask()).toBe('session_not_held');
    await crowd(stage, relay.id, 1);
    await api(playApi.end, { params: { id } }, stage.player);
    expect(await ask()).toBe('session_not_held');
    await retire(relay);
  });

  it('in the spectator’s region are better than the session’s node across the sea', async () => {
    const stage = await newStage();
    const { db } = await services();
    await db.execute(sql`update nodes set region = 'us-east-1' where id = ${stage.node.id}`);
    const relay = await newRelay('ap-northeast-1');
    const inTokyo = { latitude: '35.7', longitude: '139.7' };
    const inBoston = { latitude: '42.4', longitude: '-71.1' };
    const at = async (place: object) => {
      const player = await newPlayer();
      const { sub, name, sid } = claimsOf(player.token) as { sub: string; name: string; sid: string };
      const request = { key: crypto.randomUUID(), requestHash: 'x', userId: sub } as never;
      const entry = await joinSession(
        await services(),
        { sub, name, sid },
        { sessionId: stage.admission.session.id },
        'spectator',
        request,
        place,
      );
      return entry.kind === 'admitted' ? claimsOf(entry.ticket).aud : entry.kind;
    };
    expect(await at(inTokyo)).toBe(relay.id);
    expect(await at(inBoston)).toBe(stage.node.id);
    await retire(relay);
  });

  it('take standard players (WHEP) from a node that is full or far from where their link was made, and come in by their ticket', async () => {
    const stage = await newStage();
    const { id } = stage.admission.session;
    const { db } = await services();
    await db.execute(sql`update nodes set region = 'us-east-1' where id = ${stage.node.id}`);
    const ask = (body: object = {}, by: { token: string } = stage.node) =>
      answerOf(
        fleetApi.whepWays.response,
        call('POST', '/node/v1/whep-ways', {
          token: by.token,
          body: {
            sessionId: id,
            userId: stage.player.user.id,
            displayName: 'Ada',
            full: false,
            player: 'hash',
            ...body,
          },
        }),
      );
    expect(await ask({ full: true })).toEqual({ url: null });
    const relay = await newRelay('ap-northeast-1');
    expect(await ask({ region: 'us-east-1' })).toEqual({ url: null });
    expect(await ask({ region: 'ap-northeast-1' }, relay)).toEqual({ url: null });
    expect(await ask({ region: 'ap-northeast-1', userId: crypto.randomUUID() })).toEqual({ url: null });
    for (const why of [{ region: 'ap-northeast-1' }, { region: 'us-east-1', full: true }]) {
      const url = new URL((await ask(why)).url ?? '');
      expect(url.pathname).toContain(`/whep/${id}`);
      const ticket = url.searchParams.get(WHEP_TICKET) ?? '';
      expect(claimsOf(ticket)).toMatchObject({
        aud: relay.id,
        origin: stage.node.id,
        sub: stage.player.user.id,
        role: 'spectator',
        seat: null,
        whep: 'hash',
      });
      const way = (body: object) =>
        call('POST', '/node/v1/relays', { token: relay.token, body: { sessionId: id, ...body } });
      expect((await way({ ticket })).status).toBe(200);
      expect(await codeOf(way({}))).toBe('session_not_held');
      expect(await codeOf(way({ ticket: stage.admission.ticket }))).toBe('session_not_held');
    }
    await retire(relay);
  });

  it('that are full, draining or gone get nobody; who watched by one that is gone is sent elsewhere', async () => {
    const stage = await newStage();
    const { id } = stage.admission.session;
    await crowd(stage, null);
    const spectator = await newPlayer();
    const first = await newRelay();
    expect((await watch(spectator, stage)).claims).toMatchObject({ aud: first.id });
    const second = await newRelay();
    const again = () => api(playApi.ticket, { params: { id } }, spectator);
    const nodeOf = async () => {
      const entry = await again();
      return entry.kind === 'admitted' ? claimsOf(entry.ticket).aud : entry.kind;
    };
    expect(await nodeOf()).toBe(first.id);
    await retire(first);
    expect(await nodeOf()).toBe(second.id);
    await heartbeat(second, [], 'draining');
    expect(await codeOf(join(await newPlayer(), { sessionId: id, role: 'spectator' }))).toBe(
      'spectators_full',
    );
    await heartbeat(second);
    await crowd(stage, second.id, MAX_SPECTATORS - 1);
    expect(await codeOf(join(await newPlayer(), { sessionId: id, role: 'spectator' }))).toBe(
      'spectators_full',
    );
    await retire(second);
  });

  it('have nothing to do with who plays', async () => {
    const stage = await newStage();
    const relay = await newRelay();
    await crowd(stage, null);
    const player = await newPlayer();
    expect((await watch(player, stage)).claims).toMatchObject({ aud: relay.id });
    const { db } = await services();
    const { id } = stage.admission.session;
    await db.execute(sql`update sessions set seats = 2 where id = ${id}::uuid`);
    const entry = await answerOf(admissionSchema, join(player, { sessionId: id, role: 'player' }));
    expect(claimsOf(entry.ticket)).toMatchObject({ aud: stage.node.id, role: 'player' });
    expect(claimsOf(entry.ticket).origin).toBeUndefined();
    await retire(relay);
  });
});

/** The node's lease has run out: so that it relays nothing of the other tests either. */
async function retire({ id }: { id: string }): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update nodes set state = 'lost', lease_expires_at = now() where id = ${id}`);
}
