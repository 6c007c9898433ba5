import { describe, expect, it } from 'vitest';
import type { TestPlayer } from '#edge/testing/platform.ts';
import {
  claim,
  faultsOf,
  freeSessions,
  giveCredits,
  guestPlayers,
  settle,
  walletOf,
} from '#edge/testing/wallet.ts';

async function newGuest(): Promise<TestPlayer> {
  const [player] = await guestPlayers(1);
  if (player === undefined) throw new Error('one was made');
  return player;
}

async function playerWith(amount: number): Promise<TestPlayer> {
  const player = await newGuest();
  await giveCredits(player, amount);
  return player;
}

describe('holding credits for a session', () => {
  it('takes them from what can be spent, and nothing for a free game', async () => {
    const [paid = '', free = ''] = await freeSessions(2);
    const player = await playerWith(10);
    expect(await claim(player, paid, 4)).toEqual({ made: true, held: true });
    expect(await claim(player, free, 0)).toEqual({ made: true, held: false });
    expect(await claim(await newGuest(), free, 0)).toEqual({ made: true, held: false });
    expect(await walletOf(player)).toEqual({ available: 6, held: 4, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });

  it('makes no session for who cannot pay, or has never had a wallet', async () => {
    const [sessionId = ''] = await freeSessions(1);
    const player = await playerWith(3);
    expect(await claim(player, sessionId, 4)).toEqual({ made: false, held: false });
    expect(await claim(await newGuest(), sessionId, 1)).toEqual({ made: false, held: false });
    expect(await walletOf(player)).toEqual({ available: 3, held: 0, owed: 0 });
  });

  it('holds once for a session that is claimed twice', async () => {
    const [sessionId = ''] = await freeSessions(1);
    const player = await playerWith(10);
    const claims = await Promise.all([1, 2, 3].map(() => claim(player, sessionId, 4)));
    expect(claims.filter(made => made.held)).toHaveLength(1);
    expect(await walletOf(player)).toEqual({ available: 6, held: 4, owed: 0 });
  });

  it('holds the first three minutes, or those that there are credits for', async () => {
    const [one = '', two = '', three = ''] = await freeSessions(3);
    const player = await playerWith(26);
    await claim(player, one, 5, 'minute');
    expect(await walletOf(player)).toMatchObject({ available: 11, held: 15 });
    await claim(player, two, 5, 'minute');
    expect(await walletOf(player)).toMatchObject({ available: 1, held: 25 });
    expect(await claim(player, three, 5, 'minute')).toMatchObject({ made: false });
  });

  it('lets 50 holds at once take a balance that is good for 3', async () => {
    const sessions = await freeSessions(50);
    const player = await playerWith(7);
    const claims = await Promise.all(sessions.map(sessionId => claim(player, sessionId, 2)));
    expect(claims.filter(made => made.made)).toHaveLength(3);
    expect(claims.filter(made => made.held)).toHaveLength(3);
    expect(await walletOf(player)).toEqual({ available: 1, held: 6, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  }, 60_000);
});

describe('settling', () => {
  it.each([
    { unit: 'session', played: 0.4, failed: false, charged: 5 },
    { unit: 'session', played: null, failed: false, charged: 0 },
    { unit: 'session', played: 500, failed: true, charged: 0 },
    { unit: 'minute', played: 0, failed: false, charged: 5 },
    { unit: 'minute', played: 60, failed: false, charged: 5 },
    { unit: 'minute', played: 60.1, failed: false, charged: 10 },
    { unit: 'minute', played: 3600, failed: false, charged: 15 },
    { unit: 'minute', played: null, failed: false, charged: 0 },
    { unit: 'minute', played: 100, failed: true, charged: 0 },
  ] as const)(
    'charges $charged for a $unit that costs 5 when $played s were played, failed: $failed',
    async expected => {
      const [sessionId = ''] = await freeSessions(1);
      const player = await playerWith(20);
      await claim(player, sessionId, 5, expected.unit);
      const available = 20 - expected.charged;
      expect(await settle(sessionId, expected.played, expected.failed)).toEqual([
        { userId: player.user.id, available, held: 0, debt: 0 },
      ]);
      expect(await walletOf(player)).toEqual({ available, held: 0, owed: 0 });
      expect(await faultsOf([player])).toEqual([]);
    },
  );

  it('twice, also at once, charges once', async () => {
    const [sessionId = ''] = await freeSessions(1);
    const player = await playerWith(20);
    await claim(player, sessionId, 5);
    const settled = await Promise.all([
      settle(sessionId, 9),
      settle(sessionId, null),
      settle(sessionId, 9, true),
    ]);
    expect(settled.filter(changed => changed.length === 1)).toHaveLength(1);
    const after = await walletOf(player);
    expect(await settle(sessionId, 9)).toEqual([]);
    expect(await walletOf(player)).toEqual(after);
    expect(await faultsOf([player])).toEqual([]);
  });

  it('leaves a session without a price alone', async () => {
    const [sessionId = ''] = await freeSessions(1);
    expect(await settle(sessionId, 9)).toEqual([]);
  });

  it('recharge while a session settles: both count', async () => {
    const sessions = await freeSessions(10);
    const player = await playerWith(50);
    for (const sessionId of sessions) await claim(player, sessionId, 5);
    await Promise.all(sessions.flatMap(sessionId => [settle(sessionId, 1), giveCredits(player, 7)]));
    expect(await walletOf(player)).toEqual({ available: 70, held: 0, owed: 0 });
    expect(await faultsOf([player])).toEqual([]);
  });
});
