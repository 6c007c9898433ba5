import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import {
  answerOf,
  api,
  call,
  claimsOf,
  codeOf,
  create,
  createOk,
  deliver,
  enter,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  problemOf,
  report,
  services,
  unique,
} from '#edge/testing/platform.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { admissionSchema, playApi } from '#shared/api/play.ts';

/** Sessions, slots in use and idempotency keys that a game has left. */
async function traces(game: { slug: string }) {
  const { db } = await services();
  const { rows } = await db.execute<{ sessions: number; slots: number; keys: number; members: number }>(sql`
    with mine as (select id from sessions where game = ${game.slug})
    select (select count(*)::int from mine) as sessions,
      (select count(*)::int from slots where session_id in (select id from mine)) as slots,
      (select count(*)::int from idempotency_keys where resource_id in (select id from mine)) as keys,
      (select count(*)::int from session_members where session_id in (select id from mine)) as members`);
  return rows[0];
}

describe('creating a session', () => {
  it('gives the host seat 1, a slot and a ticket', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const admission = await createOk(await newPlayer(), game);
    expect(admission).toMatchObject({ role: 'player', seat: 1, signalUrl: 'ws://127.0.0.1:1/signal' });
    expect(admission.session).toMatchObject({
      game: game.slug,
      state: 'reserved',
      region: 'local',
      seats: 2,
    });
    expect(claimsOf(admission.ticket)).toMatchObject({ aud: node.id, slot: 0, epoch: 1 });
  });

  it('bounds the picture in the ticket of who plays, as the platform is set, and in no spectator’s', async () => {
    const game = await newGame();
    await newNode([game]);
    const bounds = { maxBitrateKbps: 3000, maxFps: 30 };
    const own = new OwnPlatform(unique('platform'), { PICTURE_BOUNDS: JSON.stringify(bounds) });
    const host = await newPlayer();
    const mine = admissionSchema.parse(
      await own.api(playApi.create, { body: { game: game.slug } }, { player: host }),
    );
    expect(claimsOf(mine.ticket)).toMatchObject({ role: 'player', quality: bounds });
    const spectator = await newPlayer();
    const { inviteCode } = mine.session;
    const theirs = admissionSchema.parse(
      await own.api(playApi.join, { body: { inviteCode, role: 'spectator' } }, { player: spectator }),
    );
    expect(claimsOf(theirs.ticket)).toMatchObject({ role: 'spectator' });
    expect(claimsOf(theirs.ticket)).not.toHaveProperty('quality');
  });

  it('gives 50 players at once 3 slots to exactly 3 of them, and the others a place in line', async () => {
    const game = await newGame();
    await newNode([game], { slots: 2 });
    await newNode([game], { slots: 1 });
    const entries = await Promise.all((await newPlayers(50)).map(player => enter(player, game)));
    const admitted = entries.filter(entry => entry.kind === 'admitted');
    const slots = admitted.map(({ ticket }) => claimsOf(ticket)).map(({ aud, slot }) => `${aud}/${slot}`);
    expect(slots).toHaveLength(3);
    expect(new Set(slots).size).toBe(3);
    expect(await traces(game)).toEqual({ sessions: 50, slots: 3, keys: 50, members: 50 });
  }, 60_000);

  it('raises the epoch of a slot with each session', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const epochs: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const { ticket } = await createOk(await newPlayer(), game);
      epochs.push(claimsOf(ticket).epoch);
      await deliver(node.id, [report(ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    }
    expect(epochs).toEqual([1, 2, 3]);
  });

  it('answers the first result when asked twice, one after the other or at once', async () => {
    const game = await newGame();
    await newNode([game], { slots: 3 });
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(player, game, key)));
    const admissions = await Promise.all(answers.map(answer => answerOf(admissionSchema, answer)));
    admissions.push(await createOk(player, game, key));
    expect(new Set(admissions.map(({ session }) => session.id)).size).toBe(1);
    expect(new Set(admissions.map(({ ticket }) => claimsOf(ticket).jti)).size).toBe(9);
    expect(await traces(game)).toEqual({ sessions: 1, slots: 1, keys: 1, members: 1 });
  });

  it('repeats also when no slot is left', async () => {
    const game = await newGame();
    await newNode([game]);
    const player = await newPlayer();
    const key = crypto.randomUUID();
    const first = await createOk(player, game, key);
    expect((await createOk(player, game, key)).session.id).toBe(first.session.id);
  });

  it('refuses one key for two requests, and a request without one', async () => {
    const [game, other] = [await newGame(), await newGame()];
    await newNode([game, other], { slots: 2 });
    const player = await newPlayer();
    const key = crypto.randomUUID();
    await createOk(player, game, key);
    expect(await codeOf(create(player, other, key))).toBe('idempotency_key_reused');
    const bare = call('POST', '/v1/sessions', { token: player.token, body: { game: game.slug } });
    expect(await codeOf(bare)).toBe('invalid_request');
  });

  it('lets two players use the same key', async () => {
    const game = await newGame();
    await newNode([game], { slots: 2 });
    const key = crypto.randomUUID();
    const [a, b] = await newPlayers(2);
    if (a === undefined || b === undefined) throw new Error('two were made');
    expect((await createOk(a, game, key)).session.id).not.toBe((await createOk(b, game, key)).session.id);
  });

  it('gives a player one session at a time, however they ask', async () => {
    const game = await newGame();
    const node = await newNode([game], { slots: 5 });
    const player = await newPlayer();
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(player, game)));
    const won = answers.filter(answer => answer.status === 201);
    expect(won).toHaveLength(1);
    const [first] = await Promise.all(won.map(answer => answerOf(admissionSchema, answer)));
    if (first === undefined) throw new Error('one has won');
    for (const answer of answers.filter(answer => answer.status !== 201)) {
      expect(await problemOf(answer)).toMatchObject({
        code: 'already_in_session',
        details: { sessionId: first.session.id },
      });
    }
    expect(await traces(game)).toEqual({ sessions: 1, slots: 1, keys: 1, members: 1 });
    await deliver(node.id, [report(first.ticket, { type: 'session_ended', seq: 1, reason: 'player_quit' })]);
    expect((await create(player, game)).status).toBe(201);
  });

  it('leaves nothing behind when the credits are short; the key can be used again', async () => {
    const game = await newGame(2, { price: 5 });
    await newNode([game]);
    const player = await newPlayer();
    const key = crypto.randomUUID();
    expect(await codeOf(create(player, game, key))).toBe('credits_short');
    expect(await traces(game)).toEqual({ sessions: 0, slots: 0, keys: 0, members: 0 });
    await giveCredits(player, 7);
    await createOk(player, game, key);
    expect(await walletOf(player)).toEqual({ available: 2, held: 5, owed: 0 });
    // Its repetition is answered, although there are no credits for a second one.
    await createOk(player, game, key);
    expect(await walletOf(player)).toEqual({ available: 2, held: 5, owed: 0 });
  });

  it('says when there is no such game, and does not start one that is not shown', async () => {
    const player = await newPlayer();
    expect(await codeOf(create(player, { slug: 'no-such-game', version: '1' }))).toBe('game_not_found');
    const game = await newGame();
    await newNode([game]);
    const { db } = await services();
    await db.execute(sql`update games set published = false where slug = ${game.slug}`);
    expect(await codeOf(create(player, game))).toBe('game_not_found');
  });

  it('uses no node that drains, whose lease ran out, or that has another version', async () => {
    const game = await newGame();
    const draining = await newNode([game]);
    await heartbeat(draining, [], 'draining');
    const late = await newNode([game]);
    const { db } = await services();
    await db.execute(sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${late.id}`);
    await newNode([{ slug: game.slug, version: '2' }]);
    const player = await newPlayer();
    const { kind, session } = await enter(player, game);
    expect(kind).toBe('queued');
    await heartbeat(draining, [], 'ready');
    expect(await api(playApi.ticket, { params: { id: session.id } }, player)).toMatchObject({
      kind: 'admitted',
    });
  });

  it('takes a slot at once whose reservation has run out', async () => {
    const game = await newGame();
    await newNode([game]);
    const stale = await createOk(await newPlayer(), game);
    const { db } = await services();
    await db.execute(sql`
      update sessions set reserved_until = now() - interval '1 s' where id = ${stale.session.id}::uuid`);
    const next = await createOk(await newPlayer(), game);
    expect(claimsOf(next.ticket).epoch).toBe(2);
  });

  it('prefers the region asked for, then spreads over nodes', async () => {
    const game = await newGame();
    const [near, far, other] = [
      await newNode([game], { slots: 2, region: 'eu-west-1' }),
      await newNode([game], { slots: 2, region: 'ap-south-1' }),
      await newNode([game], { slots: 2, region: 'eu-west-1' }),
    ];
    const nodes: unknown[] = [];
    for (const player of await newPlayers(5)) {
      const admission = await answerOf(
        admissionSchema,
        create(player, game, crypto.randomUUID(), 'eu-west-1'),
      );
      nodes.push(claimsOf(admission.ticket).aud);
    }
    expect(new Set(nodes.slice(0, 2))).toEqual(new Set([near.id, other.id]));
    expect(new Set(nodes.slice(2, 4))).toEqual(new Set([near.id, other.id]));
    expect(nodes[4]).toBe(far.id);
  });
});
