import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import {
  createOk,
  deliver,
  enter,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import type { Entry } from '#shared/api/play.ts';

/** Milliseconds that it may be held, if nobody ever comes for it: all tests share the database. */
const HELD_AT_MOST_MS = 20_000;

/**
 * Has the session's row to itself, as who gives it a slot or notes that its player is there has for a moment: until somebody waits for that, or
 * `next` has been given a slot. Answers once it has it, and with that when it is done.
 */
async function hold({ session }: Pick<Entry, 'session'>, next: Pick<Entry, 'session'>) {
  const { db } = await services();
  const own = sql.raw(`'${session.id}'::uuid`);
  const held = db.batch([
    db.execute(sql`set local statement_timeout = ${sql.raw(String(HELD_AT_MOST_MS))}`),
    db.execute(sql`select 1 from sessions where id = ${own} for update`),
    db.execute(sql`
      do $$ begin
        while not exists (select 1 from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))
          and not exists (select 1 from sessions where id = ${sql.raw(`'${next.session.id}'::uuid`)} and state <> 'queued')
        loop
          perform pg_sleep(0.005);
        end loop;
      end $$`),
  ]);
  await expect
    .poll(async () => {
      const { rows } = await db.execute(sql`select 1 from sessions where id = ${own} for update skip locked`);
      return rows.length;
    })
    .toBe(0);
  return { held };
}

it('a slot that comes free goes to the first in line, also while another has their row', async () => {
  const game = await newGame();
  const node = await newNode([game]);
  const admission = await createOk(await newPlayer(), game);
  const [first, second] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
  const entries = [await enter(first, game), await enter(second, game)] as const;
  const { held } = await hold(...entries);
  await deliver(node.id, [
    report(admission.ticket, { type: 'session_ended', seq: 9, reason: 'game_exited' }),
  ]);
  await held;
  const { db } = await services();
  const { rows } = await db.execute(sql`
    select state from sessions where game = ${game.slug} and ended_at is null order by queued_at`);
  expect(rows).toEqual([{ state: 'reserved' }, { state: 'queued' }]);
});
