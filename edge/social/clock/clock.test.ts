import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { bindings, newPlayer, services } from '#edge/testing/platform.ts';
import { setGroupTimer } from './clock.ts';

/** A party in a ready check that ends in `seconds`, or has ended that long ago. */
async function partyInCheck(seconds: number): Promise<string> {
  const { user } = await newPlayer();
  const { db } = await services();
  const { rows } = await db.execute<{ id: string }>(sql`
    insert into parties (code, leader_id, max_members, state, check_until)
    values (${crypto.randomUUID().slice(0, 8)}, ${user.id}, 4, 'checking',
      now() + make_interval(secs => ${seconds}::float8))
    returning id`);
  return rows[0]?.id ?? '';
}

async function stateOf(partyId: string): Promise<unknown> {
  const { db } = await services();
  const { rows } = await db.execute(sql`select state from parties where id = ${partyId}`);
  return rows[0]?.state;
}

const clockOf = (partyId: string) =>
  bindings.GROUP_CLOCK.get(bindings.GROUP_CLOCK.idFromName(`ready_check:${partyId}`));

describe('the clock of groups', () => {
  it('calls the handler at the time that was set, once', async () => {
    const party = await partyInCheck(-1);
    await setGroupTimer(await services(), party, new Date(Date.now() + 20), 'ready_check');
    await expect.poll(() => stateOf(party), { timeout: 5000 }).toBe('gathering');
    await expect.poll(() => runDurableObjectAlarm(clockOf(party))).toBe(false);
    const left = await runInDurableObject(clockOf(party), (_, state) => state.storage.list());
    expect(left.size).toBe(0);
  });

  it('fires again at the deadline when it was early', async () => {
    const party = await partyInCheck(3600);
    await setGroupTimer(await services(), party, new Date(Date.now() + 60_000), 'ready_check');
    expect(await runDurableObjectAlarm(clockOf(party))).toBe(true);
    expect(await stateOf(party)).toBe('checking');
    const next = await runInDurableObject(clockOf(party), (_, state) => state.storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it('that cannot be set stops nothing', async () => {
    const broken = {
      timers: { set: () => Promise.reject(new Error('unreachable')) },
    };
    await expect(setGroupTimer(broken, 'party', new Date(), 'ready_check')).resolves.toBeUndefined();
  });
});
