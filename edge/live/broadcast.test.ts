import { describe, expect, it } from 'vitest';
import { signAccessToken } from '#edge/accounts/access-tokens.ts';
import { TestSocket } from '#edge/testing/live.ts';
import { bindings, services } from '#edge/testing/platform.ts';
import type { LiveEvent } from '#shared/live.ts';
import { announce } from './announce.ts';
import { Directory } from './directory.ts';

const PLAYERS = 40;
/** Of this test alone. */
const NORTH = `north-${crypto.randomUUID().slice(0, 8)}`;
const SOUTH = `south-${crypto.randomUUID().slice(0, 8)}`;

const announcement = (): LiveEvent => ({
  type: 'announcement',
  id: crypto.randomUUID(),
  text: 'Free credits for all',
  level: 'info',
});

/** Somebody who is connected; a token is all that takes. */
async function connect(region: string) {
  const { keys } = await services();
  const user = { id: crypto.randomUUID(), displayName: 'Ada', role: 'player' as const };
  const token = await signAccessToken(keys, user, crypto.randomUUID(), new Date());
  const socket = await TestSocket.open({ token });
  socket.hello({ region });
  await socket.welcomed();
  return { id: user.id, socket };
}

const online = async (region: string) => {
  const { live } = await services();
  return (await live.online()).find(count => count.region === region)?.players ?? 0;
};

describe('telling everybody', () => {
  it('reaches every connected player once, or those of one region', async () => {
    const connected = await Promise.all(
      Array.from({ length: PLAYERS }, (_, index) => connect(index % 4 === 0 ? NORTH : SOUTH)),
    );
    const north = connected.filter((_, index) => index % 4 === 0);
    const south = connected.filter((_, index) => index % 4 !== 0);
    await expect.poll(() => online(NORTH), { timeout: 10_000 }).toBe(north.length);
    await expect.poll(() => online(SOUTH), { timeout: 10_000 }).toBe(south.length);
    const { live } = await services();
    const [forNorth, forSouth] = [announcement(), announcement()];
    const said = { text: 'Free credits for all', level: 'info' as const };
    const forAll = { type: 'announcement', id: await announce({ live }, said), ...said };
    await live.broadcast(forNorth, { region: NORTH });
    await live.broadcast(announcement(), { region: 'nowhere' });
    await live.broadcast(forSouth, { region: SOUTH });
    const got = (players: typeof connected) => players.map(({ socket }) => socket.events);
    await expect.poll(() => got(north), { timeout: 10_000 }).toEqual(north.map(() => [forAll, forNorth]));
    await expect.poll(() => got(south), { timeout: 10_000 }).toEqual(south.map(() => [forAll, forSouth]));
  });

  it('goes on page by page until all are told', async () => {
    const region = `east-${crypto.randomUUID().slice(0, 8)}`;
    const { live } = await services();
    // More than a page in one shard: this player is the last of it, behind many whose sockets are gone.
    const directory = new Directory(bindings);
    const sameShard = () => crypto.randomUUID().replace(/^./, '0').replace(/.$/, 'f');
    await Promise.all(Array.from({ length: 450 }, () => directory.join(sameShard(), region)));
    const { keys } = await services();
    const last = { id: `ffffffff-ffff-4fff-bfff-${crypto.randomUUID().slice(-12, -1)}f` };
    const user = { ...last, displayName: 'Ada', role: 'player' as const };
    const token = await signAccessToken(keys, user, crypto.randomUUID(), new Date());
    const socket = await TestSocket.open({ token });
    socket.hello({ region });
    await socket.welcomed();
    await expect.poll(() => online(region), { timeout: 10_000 }).toBe(451);
    await live.broadcast(announcement(), { region });
    await expect.poll(() => socket.events.length, { timeout: 20_000 }).toBe(1);
  });

  it('does not reach who has gone', async () => {
    const region = `west-${crypto.randomUUID().slice(0, 8)}`;
    const { id } = await connect(region);
    await expect.poll(() => online(region), { timeout: 10_000 }).toBe(1);
    await new Directory(bindings).leave(id);
    expect(await online(region)).toBe(0);
  });
});
