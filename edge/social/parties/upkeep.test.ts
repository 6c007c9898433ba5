import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openServices } from '#edge/services.ts';
import { redisKey } from '#edge/store/keys.ts';
import { bindings, services, type TestPlayer } from '#edge/testing/platform.ts';
import type { Party } from '#shared/api/parties.ts';
import { codeOf, createParty, lookAt, newParty } from './testing.ts';
import { keepPartiesInOrder } from './upkeep.ts';

const run = async () => keepPartiesInOrder(await services());

async function age(
  { id }: Party,
  column: 'active_at' | 'leader_checked_at' | 'leader_away_since' | 'ended_at',
) {
  const { db } = await services();
  await db.execute(sql`
    update parties set ${sql.raw(column)} = now() - interval '3 hours' where id = ${id}`);
}

/** As the player's live socket does it. */
async function appear({ user }: TestPlayer): Promise<void> {
  const { hints, now } = await services();
  const presence = { userId: user.id, status: 'online', sessionId: null, game: null, joinable: false };
  await hints.set(redisKey.presence(user.id), { ...presence, since: now().toISOString() }, { ex: 60 });
}

describe('upkeep of parties', () => {
  it('has the longest member who is there lead when the leader is away for long', async () => {
    const { party, players } = await newParty(4);
    const [ada, , cleo, dan] = players as [TestPlayer, TestPlayer, TestPlayer, TestPlayer];
    await appear(cleo);
    await appear(dan);
    await age(party, 'leader_checked_at');
    await run();
    expect((await lookAt(cleo, party)).leaderId).toBe(ada.user.id);
    await age(party, 'leader_away_since');
    await age(party, 'leader_checked_at');
    await run();
    expect((await lookAt(cleo, party)).leaderId).toBe(cleo.user.id);
  });

  it('leaves the lead to who is back in time, and to who is away when nobody else is there', async () => {
    const { party, players } = await newParty(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    await age(party, 'leader_away_since');
    await age(party, 'leader_checked_at');
    await run();
    expect((await lookAt(ben, party)).leaderId).toBe(ada.user.id);
    await appear(ada);
    await age(party, 'leader_checked_at');
    await run();
    await appear(ben);
    await (await services()).hints.del(redisKey.presence(ada.user.id));
    await age(party, 'leader_checked_at');
    await run();
    expect((await lookAt(ben, party)).leaderId).toBe(ada.user.id);
  });

  it('takes nobody to be away without Redis', async () => {
    const { party, players } = await newParty(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    await age(party, 'leader_away_since');
    await age(party, 'leader_checked_at');
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    await expect(keepPartiesInOrder(cut)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await lookAt(ben, party)).leaderId).toBe(ada.user.id);
  });

  it('ends idle parties and lets their members go, and keeps those that are led', async () => {
    const [idle, used] = [await newParty(2), await newParty(2)];
    const [ada, ben] = [idle.players[0] as TestPlayer, used.players[0] as TestPlayer];
    await appear(ben);
    await age(used.party, 'active_at');
    await age(used.party, 'leader_checked_at');
    const { db } = await services();
    await db.execute(
      sql`update parties set active_at = now() - interval '119 minutes' where id = ${used.party.id}`,
    );
    await age(idle.party, 'active_at');
    await run();
    expect(await codeOf(lookAt(ada, idle.party))).toBe('party_not_found');
    expect((await createParty(ada)).members).toHaveLength(1);
    await db.execute(sql`
      update parties set leader_checked_at = now() where id = ${used.party.id}`);
    const { rows } = await db.execute(
      sql`select active_at > now() - interval '1 minute' as active from parties where id = ${used.party.id}`,
    );
    expect(rows).toEqual([{ active: true }]);
  });
});
