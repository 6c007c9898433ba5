import { beforeAll, expect, it } from 'vitest';
import { newReason } from '#edge/testing/admin.ts';
import { OwnPlatform } from '#edge/testing/own-platform.ts';
import {
  api,
  createOk,
  enter,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { adminPlatformApi } from '#shared/api/admin-platform.ts';
import { playApi } from '#shared/api/play.ts';
import { endSession } from './leave.ts';
import { advanceQueue } from './queue.ts';

let operator: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
});

/** A player whose sign-in is of that platform. */
async function newPlayerAt(own: OwnPlatform, player?: TestPlayer): Promise<TestPlayer> {
  const someone = player ?? (await newPlayer());
  const headers = { Cookie: someone.cookie };
  const { status } = await own.fetch('/v1/accounts/refresh', { method: 'POST', headers });
  expect(status).toBe(200);
  return someone;
}

const maintain = (own: OwnPlatform, on: boolean) =>
  own.api(adminPlatformApi.maintenance, { body: { reason: newReason(), on } }, { player: operator });
const current = async (player: TestPlayer) => (await api(playApi.current, {}, player)).current;

it('queued players get no slot in maintenance: they keep their order, are told, and go on when it ends', async () => {
  const own = new OwnPlatform();
  const game = await newGame();
  await newNode([game]);
  const { session } = await createOk(await newPlayer(), game);
  const [first, second] = [await newPlayerAt(own), await newPlayerAt(own)];
  const waiting = [await enter(first, game), await enter(second, game)];
  await maintain(own, true);
  await endSession(await services(), session.id, 'operator_ended');
  await advanceQueue(await services());
  expect(await current(first)).toMatchObject({
    session: { id: waiting[0]?.session.id, state: 'queued' },
    queue: { position: 1, waitSeconds: null, paused: true },
  });
  const again = await api(playApi.ticket, { params: { id: waiting[1]?.session.id ?? '' } }, second);
  expect(again).toMatchObject({ kind: 'queued', position: 2, paused: true });
  await maintain(own, false);
  await expect.poll(async () => (await current(first))?.session.state).toBe('reserved');
  expect(await current(second)).toMatchObject({ queue: { position: 1, paused: false } });
});

it('nobody of another platform, and no staff, waits for it', async () => {
  const own = new OwnPlatform();
  const game = await newGame();
  await newNode([game], { slots: 2 });
  const hosts = [await createOk(await newPlayer(), game), await createOk(await newPlayer(), game)];
  const paused = await newPlayerAt(own);
  const staff = await newPlayerAt(own, await newStaff('operator'));
  const others = [staff, await newPlayer()];
  for (const player of [paused, ...others]) await enter(player, game);
  await maintain(own, true);
  for (const { session } of hosts) await endSession(await services(), session.id, 'operator_ended');
  for (const player of others) expect((await current(player))?.session.state).toBe('reserved');
  expect((await current(paused))?.queue).toMatchObject({ position: 1, paused: true });
});
