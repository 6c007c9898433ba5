import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import {
  api,
  claimsOf,
  createOk,
  deliver,
  join,
  newGame,
  newNode,
  PASSWORD,
  registerPlayer,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { isSlotFree, look, newStage } from '#edge/testing/stage.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { partiesApi } from '#shared/api/parties.ts';
import { playApi } from '#shared/api/play.ts';
import { putOutBanned } from './banned-in-play.ts';
import { deleteAccount } from './delete.ts';
import { finishDeletions } from './finish-deletion.ts';
import { ban } from './standing.ts';

const claims = ({ token }: TestPlayer) => claimsOf(token) as unknown as Parameters<typeof deleteAccount>[1];

/** As a deletion leaves it whose Worker is cut off after its transaction. */
async function markDeleted({ user }: TestPlayer): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update users set deleted_at = now(), email = null, email_verified_at = null, password_hash = null
    where id = ${user.id}::uuid`);
}

describe('a deleted account', () => {
  it('plays and hosts no longer: what it hosts ends, what it is in goes on without it', async () => {
    const game = await newGame(2);
    const node = await newNode([game], { slots: 2 });
    const [host, guest] = [await registerPlayer(), await registerPlayer()];
    const { session, ticket } = await createOk(host, game);
    await join(guest, { roomNumber: session.roomNumber, role: 'player' });
    await deliver(node.id, [report(ticket, { type: 'session_playing', seq: 1 })]);
    const recorded = await recordingServices();
    const { db } = recorded;

    await deleteAccount(recorded, claims(guest), PASSWORD);
    const orders = async () =>
      (await db.execute(sql`select body from node_orders where node_id = ${node.id} order by id`)).rows;
    expect(await orders()).toMatchObject([
      { body: { type: 'revoke', userId: guest.user.id, sessionId: session.id, reason: 'signed_out' } },
    ]);
    expect(await api(playApi.get, { params: { id: session.id } }, host)).toMatchObject({ state: 'playing' });

    const late = await registerPlayer();
    await join(late, { roomNumber: session.roomNumber, role: 'player' });
    await deleteAccount(recorded, claims(host), PASSWORD);
    expect(await orders()).toMatchObject([{}, { body: { type: 'end_session', reason: 'player_quit' } }]);
    expect(toldTo(recorded.told, late.user.id, 'session_changed')).toMatchObject([{ state: 'ended' }]);
  });

  it('whose deletion was cut off half-way leaves its game, party and club by cron', async () => {
    const game = await newGame();
    await newNode([game]);
    const [gone, other] = [await registerPlayer(), await registerPlayer()];
    const { session } = await createOk(gone, game);
    await join(other, { roomNumber: session.roomNumber, role: 'spectator' });
    const party = await api(partiesApi.create, { body: {} }, gone);
    await api(partiesApi.join, { body: { code: party.code } }, other);
    const club = await api(clubsApi.create, { body: { name: 'Left behind' } }, gone);
    await markDeleted(gone);

    await finishDeletions(await services());

    expect(await api(playApi.get, { params: { id: session.id } }, other)).toMatchObject({
      state: 'ended',
      endReason: 'player_quit',
    });
    const left = await api(partiesApi.get, { params: { id: party.id } }, other);
    expect(left).toMatchObject({ leaderId: other.user.id, members: [{ user: { id: other.user.id } }] });
    await expect(api(clubsApi.get, { params: { id: club.id } }, other)).rejects.toMatchObject({
      code: 'club_not_found',
    });
  });
});

it('who was banned by an act that was cut off half-way is put out by cron, and nobody whose ban is over', async () => {
  const [hosted, joined] = [await newStage(), await newStage()];
  const [guest, forgiven] = [await registerPlayer(), await registerPlayer()];
  const { roomNumber } = joined.admission.session;
  await join(guest, { roomNumber, role: 'player' });
  await join(forgiven, { roomNumber, role: 'spectator' });
  const all = await services();
  const { db } = all;
  for (const { user } of [hosted.player, guest]) {
    await ban(all, user.id, { until: null, reason: 'A test' });
  }
  await db.execute(sql`
    update users set banned_at = now() - interval '2 days', banned_until = now() - interval '1 day', ban_reason = 'A test'
    where id = ${forgiven.user.id}::uuid`);

  await putOutBanned(all);

  expect(await isSlotFree(hosted)).toBe(true);
  expect(await look(joined)).toMatchObject({ state: 'reserved' });
  const { rows } = await db.execute(sql`
    select user_id from session_members where session_id = ${joined.admission.session.id}::uuid and active`);
  expect(rows.map(row => row.user_id).toSorted()).toEqual(
    [joined.player.user.id, forgiven.user.id].toSorted(),
  );
  const { rows: orders } = await db.execute(sql`
    select body ->> 'type' as type, body ->> 'userId' as "userId" from node_orders where node_id = ${joined.node.id}`);
  expect(orders).toEqual([{ type: 'revoke', userId: guest.user.id }]);
});
