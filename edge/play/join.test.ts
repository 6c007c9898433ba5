import { sql } from 'drizzle-orm';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  bindings,
  call,
  claimsOf,
  codeOf,
  createOk,
  deliver,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  problemOf,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { jwksSchema } from '#shared/api/fleet.ts';
import { type Admission, admissionSchema, currentSessionSchema, sessionSchema } from '#shared/api/play.ts';
import { MAX_SPECTATORS } from '#shared/limits.ts';
import { TICKET_ISSUER, TICKET_TYPE, ticketClaimsSchema } from '#shared/ticket.ts';

const joinOk = (player: TestPlayer, body: Record<string, unknown>, key?: string) =>
  answerOf(admissionSchema, join(player, body, key));
const ticketOf = (player: TestPlayer, sessionId: string) =>
  call('POST', `/v1/sessions/${sessionId}/tickets`, { token: player.token });
const current = (player: TestPlayer) =>
  answerOf(currentSessionSchema, call('GET', '/v1/sessions/current', { token: player.token }));

async function host(seats = 2): Promise<{ node: string; player: TestPlayer; admission: Admission }> {
  const game = await newGame(seats);
  const node = await newNode([game]);
  const player = await newPlayer();
  return { node: node.id, player, admission: await createOk(player, game) };
}

async function guests<N extends number>(count: N): Promise<TestPlayer[] & { length: N }> {
  return (await newPlayers(count)) as TestPlayer[] & { length: N };
}

describe('joining', () => {
  it('takes the next seat by room number or by share link', async () => {
    const { admission } = await host(3);
    const { roomNumber, inviteCode, id } = admission.session;
    const second = await joinOk(await newPlayer(), { roomNumber, role: 'player' });
    const third = await joinOk(await newPlayer(), { inviteCode, role: 'player' });
    expect([second, third]).toMatchObject([
      { role: 'player', seat: 2, session: { id } },
      { role: 'player', seat: 3, session: { id } },
    ]);
    expect(await codeOf(join(await newPlayer(), { roomNumber, role: 'player' }))).toBe('seats_taken');
  });

  it('gives 20 players at once 3 free seats to exactly 3 of them', async () => {
    const { admission } = await host(4);
    const players = await newPlayers(20);
    const { roomNumber } = admission.session;
    const answers = await Promise.all(players.map(player => join(player, { roomNumber, role: 'player' })));
    const won = await Promise.all(
      answers.filter(answer => answer.ok).map(answer => answerOf(admissionSchema, answer)),
    );
    expect(won.map(({ seat }) => seat).sort()).toEqual([2, 3, 4]);
    const lost = answers.filter(answer => !answer.ok);
    expect(new Set(await Promise.all(lost.map(codeOf)))).toEqual(new Set(['seats_taken']));
  });

  it('gives who is in already the seat they have', async () => {
    const { player, admission } = await host();
    const { roomNumber, id } = admission.session;
    expect(await joinOk(player, { roomNumber, role: 'player' })).toMatchObject({ seat: 1, session: { id } });
    expect(await joinOk(player, { roomNumber, role: 'spectator' })).toMatchObject({
      seat: 1,
      role: 'player',
    });
    const guest = await newPlayer();
    const key = crypto.randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => joinOk(guest, { roomNumber, role: 'player' }, key)),
    );
    expect(new Set(answers.map(({ seat }) => seat))).toEqual(new Set([2]));
    expect(await codeOf(join(guest, { roomNumber, role: 'spectator' }, key))).toBe('idempotency_key_reused');
  });

  it('lets spectators in without a seat, and one become a player', async () => {
    const { admission } = await host();
    const { roomNumber } = admission.session;
    const guest = await newPlayer();
    expect(await joinOk(guest, { roomNumber, role: 'spectator' })).toMatchObject({
      role: 'spectator',
      seat: null,
    });
    expect(await joinOk(guest, { roomNumber, role: 'player' })).toMatchObject({ role: 'player', seat: 2 });
  });

  it('bounds spectators; a place left is free again', async () => {
    const { node, admission } = await host();
    const { roomNumber, id } = admission.session;
    const { db } = await services();
    await db.execute(sql`
      with crowd as (
        insert into users (email, display_name, password_hash)
        select id || '-' || ${id} || '@nearcade.test', 'Crowd', '' from generate_series(2, ${MAX_SPECTATORS}::int) as id
        returning id)
      insert into session_members (session_id, user_id, role, seen_seq) select ${id}::uuid, id, 'spectator', 1 from crowd`);
    const [first, second] = await guests(2);
    if (first === undefined || second === undefined) throw new Error('two were made');
    const place = await joinOk(first, { roomNumber, role: 'spectator' });
    expect(await codeOf(join(second, { roomNumber, role: 'spectator' }))).toBe('spectators_full');
    const viewer = { userId: first.user.id, seat: null };
    await deliver(node, [
      report(place.ticket, { type: 'viewer_left', seq: 3, ...viewer }),
      report(place.ticket, { type: 'viewer_joined', seq: 2, ...viewer }),
    ]);
    await joinOk(second, { roomNumber, role: 'spectator' });
    expect(await codeOf(ticketOf(first, id))).toBe('spectators_full');
  });

  it('refuses an unknown room, a session that is over, and a second seat elsewhere', async () => {
    const one = await host();
    const other = await host();
    const { session, ticket } = one.admission;
    expect(await codeOf(join(other.player, { roomNumber: '100000', role: 'player' }))).toBe(
      'session_not_found',
    );
    expect(
      await problemOf(join(other.player, { roomNumber: session.roomNumber, role: 'player' })),
    ).toMatchObject({
      code: 'already_in_session',
      details: { sessionId: other.admission.session.id },
    });
    await deliver(one.node, [report(ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    const late = await newPlayer();
    expect(await problemOf(join(late, { inviteCode: session.inviteCode, role: 'player' }))).toMatchObject({
      code: 'session_over',
      details: { endReason: 'game_exited' },
    });
    expect(await codeOf(join(late, { roomNumber: session.roomNumber, role: 'player' }))).toBe(
      'session_not_found',
    );
    expect(await codeOf(join(late, { role: 'player' }))).toBe('invalid_request');
  });

  it('lets no seat outlive a session that ends meanwhile', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { node, admission } = await host();
      const guest = await newPlayer();
      const { roomNumber } = admission.session;
      await Promise.all([
        join(guest, { roomNumber, role: 'player' }),
        deliver(node, [report(admission.ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]),
      ]);
      expect(await current(guest)).toEqual({ current: null });
      const { db } = await services();
      const { rows } = await db.execute(sql`
        select 1 from session_members where user_id = ${guest.user.id}::uuid and active`);
      expect(rows).toHaveLength(0);
    }
  });

  it('keeps the seat of a player who is away, and gives away that of one who quits', async () => {
    const { node, admission } = await host();
    const { roomNumber, id } = admission.session;
    const [guest, next] = await guests(2);
    if (guest === undefined || next === undefined) throw new Error('two were made');
    const { ticket } = await joinOk(guest, { roomNumber, role: 'player' });
    const viewer = { userId: guest.user.id, seat: 2 };
    await deliver(node, [report(ticket, { type: 'viewer_left', seq: 1, ...viewer })]);
    expect(await current(guest)).toMatchObject({ current: { seat: 2, session: { id } } });
    expect(await codeOf(join(next, { roomNumber, role: 'player' }))).toBe('seats_taken');
    await deliver(node, [report(ticket, { type: 'viewer_left', seq: 2, quit: true, ...viewer })]);
    expect(await current(guest)).toEqual({ current: null });
    expect(await codeOf(ticketOf(guest, id))).toBe('forbidden');
    expect(await joinOk(next, { roomNumber, role: 'player' })).toMatchObject({ seat: 2 });
  });
});

describe('tickets', () => {
  it('are signed by the published key, bound to node, session, epoch, slot, user and seat, and short', async () => {
    const { node, player, admission } = await host();
    const jwks = await answerOf(jwksSchema, call('GET', '/.well-known/jwks.json'));
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    const keys = createLocalJWKSet(jwks as unknown as Parameters<typeof createLocalJWKSet>[0]);
    const { payload, protectedHeader } = await jwtVerify(admission.ticket, keys, {
      typ: TICKET_TYPE,
      issuer: TICKET_ISSUER,
      audience: node,
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: jwks.keys[0]?.kid, typ: TICKET_TYPE });
    const claims = ticketClaimsSchema.parse(payload);
    expect(claims).toMatchObject({
      aud: node,
      sub: player.user.id,
      sessionId: admission.session.id,
      epoch: 1,
      slot: 0,
      role: 'player',
      seat: 1,
      displayName: 'Ada',
      game: admission.session.game,
      gameVersion: '1',
    });
    expect(claims.exp - claims.iat).toBe(30);
    expect(admission.ticketExpiresIn).toBe(30);
    // Not a pass for the API.
    expect(await codeOf(call('GET', '/v1/accounts/validate', { token: admission.ticket }))).toBe(
      'unauthenticated',
    );
  });

  it('are given afresh to who has a place, and to nobody else', async () => {
    const { player, admission } = await host();
    const { id, roomNumber } = admission.session;
    const again = await answerOf(admissionSchema, ticketOf(player, id));
    expect(again).toMatchObject({ role: 'player', seat: 1, session: { id } });
    expect(claimsOf(again.ticket).jti).not.toBe(claimsOf(admission.ticket).jti);
    const guest = await newPlayer();
    expect(await codeOf(ticketOf(guest, id))).toBe('session_not_found');
    await joinOk(guest, { roomNumber, role: 'spectator' });
    const watching = await answerOf(admissionSchema, ticketOf(guest, id));
    expect(claimsOf(watching.ticket)).toMatchObject({ role: 'spectator', seat: null });
    expect(await codeOf(ticketOf(guest, 'not-an-id'))).toBe('invalid_request');
  });

  it('are given to a spectator who comes back', async () => {
    const { node, admission } = await host();
    const guest = await newPlayer();
    const { ticket } = await joinOk(guest, { roomNumber: admission.session.roomNumber, role: 'spectator' });
    await deliver(node, [report(ticket, { type: 'viewer_left', seq: 1, userId: guest.user.id, seat: null })]);
    expect(await current(guest)).toEqual({ current: null });
    expect((await ticketOf(guest, admission.session.id)).status).toBe(201);
    expect(await current(guest)).toMatchObject({ current: { role: 'spectator' } });
  });

  it('hold the slot while the player is on the way, but not for ever', async () => {
    const { player, admission } = await host();
    const { db } = await services();
    const id = sql`${admission.session.id}::uuid`;
    const left = async () => {
      const { rows } = await db.execute<{ left: number }>(sql`
        select extract(epoch from reserved_until - now())::float8 as left from sessions where id = ${id}`);
      return rows[0]?.left ?? 0;
    };
    await db.execute(sql`update sessions set reserved_until = now() + interval '1 s' where id = ${id}`);
    await ticketOf(player, admission.session.id);
    expect(await left()).toBeGreaterThan(10);
    await db.execute(sql`
      update sessions set reserved_until = now() + interval '2 s', reserved_at = now() - interval '58 s' where id = ${id}`);
    await ticketOf(player, admission.session.id);
    expect(await left()).toBeLessThan(3);
  });

  it('are not given when the session is over or its reservation has run out', async () => {
    const { player, admission } = await host();
    const { db } = await services();
    await db.execute(sql`
      update sessions set reserved_until = now() - interval '1 s' where id = ${admission.session.id}::uuid`);
    expect(await problemOf(ticketOf(player, admission.session.id))).toMatchObject({
      code: 'session_over',
      details: { endReason: 'reservation_expired' },
    });
    expect(await current(player)).toEqual({ current: null });
  });
});

describe('sessions', () => {
  it('are shown to who is or was in them', async () => {
    const { player, admission } = await host();
    const { id } = admission.session;
    const path = `/v1/sessions/${id}`;
    expect(await answerOf(sessionSchema, call('GET', path, { token: player.token }))).toEqual(
      admission.session,
    );
    expect(await current(player)).toEqual({
      current: { session: admission.session, role: 'player', seat: 1, host: true, queue: null },
    });
    const stranger = await newPlayer();
    expect(await codeOf(call('GET', path, { token: stranger.token }))).toBe('session_not_found');
    expect(await current(stranger)).toEqual({ current: null });
    expect(await codeOf(call('GET', path))).toBe('unauthenticated');
  });

  it('are made, joined and entered without Redis', async () => {
    const { createSession } = await import('./create.ts');
    const { openServices } = await import('#edge/services.ts');
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    const game = await newGame();
    await newNode([game]);
    const player = await newPlayer();
    const idempotency = { userId: player.user.id, key: crypto.randomUUID(), requestHash: 'hash' };
    const who = { sub: player.user.id, name: 'Ada', sid: String(claimsOf(player.token).sid) };
    const admission = await createSession(cut, who, { game: game.slug }, idempotency);
    expect(admission.seat).toBe(1);
  });
});
