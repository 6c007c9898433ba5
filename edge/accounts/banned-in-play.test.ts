import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { join, newPlayer, services } from '#edge/testing/platform.ts';
import { isSlotFree, look, newStage } from '#edge/testing/stage.ts';
import { putOutBanned } from './banned-in-play.ts';
import { ban } from './standing.ts';

it('who was banned by an act that was cut off half-way is put out by cron, and nobody whose ban is over', async () => {
  const [hosted, joined] = [await newStage(), await newStage()];
  const [guest, forgiven] = [await newPlayer(), await newPlayer()];
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
