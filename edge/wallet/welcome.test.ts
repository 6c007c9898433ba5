import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { users } from '#edge/store/schema.ts';
import { newPlayer, services, type TestPlayer } from '#edge/testing/platform.ts';
import { faultsOf, guestPlayers } from '#edge/testing/wallet.ts';
import { welcomed } from './welcome.ts';

/** What the player finds in the wallet where each account starts with 30 credits. */
async function look({ user }: TestPlayer) {
  const whole = await services();
  return welcomed({ ...whole, settings: { ...whole.settings, WELCOME_CREDITS: 30 } }, user.id);
}

it('welcomes each account once, when its address is verified', async () => {
  const player = await newPlayer();
  expect(await look(player)).toEqual({ available: 0, held: 0, owed: 0 });
  const { db } = await services();
  await db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, player.user.id));
  const looks = await Promise.all(Array.from({ length: 8 }, () => look(player)));
  expect(looks.at(-1)).toEqual({ available: 30, held: 0, owed: 0 });
  expect(await look(player)).toEqual({ available: 30, held: 0, owed: 0 });
  expect(await faultsOf([player])).toEqual([]);
});

it('gives guests nothing', async () => {
  const [guest] = await guestPlayers(1);
  if (guest === undefined) throw new Error('one was made');
  const { db } = await services();
  await db.update(users).set({ guest: true }).where(eq(users.id, guest.user.id));
  expect(await look(guest)).toEqual({ available: 0, held: 0, owed: 0 });
});
