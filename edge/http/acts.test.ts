import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Allowance } from '#edge/allowance.ts';
import { Memory } from '#edge/memory.ts';
import {
  api,
  call,
  claimsOf,
  codeOf,
  createOk,
  join,
  newGame,
  newNode,
  newPlayer,
  PASSWORD,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { type EndpointSpec, pathOf } from '#shared/api/endpoint.ts';
import { ENDPOINTS } from '#shared/api/index.ts';
import { playApi } from '#shared/api/play.ts';
import { roomsApi } from '#shared/api/rooms.ts';
import { admitAct } from './acts.ts';

const nameOf = ({ method, path }: EndpointSpec) => `${method.toUpperCase()} ${path}`;
const acts = ENDPOINTS.filter(({ access, method }) => access === 'player' && method !== 'get');

const signOut = ({ cookie }: TestPlayer) =>
  call('POST', accountsApi.logout.path, { headers: { Cookie: cookie } });

function knock(spec: EndpointSpec, token: string): Promise<Response> {
  const params = Object.fromEntries(
    [...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, crypto.randomUUID()]),
  );
  return call(spec.method.toUpperCase(), pathOf(spec, params), {
    token,
    ...(spec.body === undefined ? {} : { body: {} }),
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  });
}

/** Access tokens outlive their sign-in by up to ten minutes: what can be done with one then. */
describe('who was signed out', () => {
  it('changes nothing any more by any route, though their access token has not run out', async () => {
    const player = await newPlayer();
    await signOut(player);
    expect(acts.length).toBeGreaterThan(40);
    for (const spec of acts.filter(({ signIn }) => signIn === undefined)) {
      expect(await codeOf(knock(spec, player.token)), nameOf(spec)).toBe('unauthenticated');
    }
    // These ask in their own statements, or give up what is the player's own.
    expect(acts.filter(({ signIn }) => signIn === 'within')).toEqual([
      playApi.create,
      playApi.join,
      playApi.ticket,
    ]);
    expect(acts.filter(({ signIn }) => signIn === 'ended_too')).toEqual([playApi.leave, playApi.end]);
  });

  it('reads on until then what asks no store', async () => {
    const player = await newPlayer();
    await signOut(player);
    expect(await api(accountsApi.whoami, {}, player)).toMatchObject({ id: player.user.id });
  });

  it('begins no game, gets no seat that others could have, and takes no place over from another device', async () => {
    const game = await newGame(2);
    await newNode([game], { slots: 2 });
    const [host, gone, next] = [await newPlayer(), await newPlayer(), await newPlayer()];
    const { session } = await createOk(host, game);
    await signOut(gone);
    const body = { roomNumber: session.roomNumber };
    for (const role of ['player', 'spectator']) {
      expect(await codeOf(join(gone, { ...body, role }))).toBe('unauthenticated');
    }
    const create = {
      token: gone.token,
      body: { game: game.slug },
      headers: { 'Idempotency-Key': 'a-new-key' },
    };
    expect(await codeOf(call('POST', playApi.create.path, create))).toBe('unauthenticated');
    expect((await join(next, { ...body, role: 'player' })).status).toBe(200);

    const login = { email: host.user.email, password: PASSWORD };
    const { accessToken } = await api(accountsApi.login, { body: login });
    const ticket = (token: string) => api(playApi.ticket, { params: { id: session.id } }, { token });
    expect((await ticket(accessToken)).kind).toBe('admitted');
    await signOut(host);
    await expect(ticket(host.token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const { db } = await services();
    const { rows } = await db.execute(sql`
      select sign_in_id from session_members
      where session_id = ${session.id}::uuid and user_id = ${host.user.id}::uuid`);
    expect(rows).toEqual([{ sign_in_id: claimsOf(accessToken).sid }]);
  });
});

it('a player who does far more than hands can do has to wait, alone, and still plays', async () => {
  let at = Date.now();
  const all = { ...(await services()), acts: new Memory<string, Allowance>(10), now: () => new Date(at) };
  const claims = (sub: string) => ({ sub, sid: crypto.randomUUID() }) as Parameters<typeof admitAct>[2];
  const [busy, other] = [crypto.randomUUID(), crypto.randomUUID()];
  // Nobody is signed in by these ids: what was not bounded gets that far.
  const act = (userId: string, spec: Parameters<typeof admitAct>[1] = roomsApi.change) =>
    admitAct(all, spec, claims(userId)).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const codes = await Promise.all(Array.from({ length: 220 }, () => act(busy)));
  expect(codes.filter(code => code === 'unauthenticated')).toHaveLength(200);
  expect(codes.filter(code => code === 'rate_limited')).toHaveLength(20);
  expect(await act(other)).toBe('unauthenticated');
  expect(await act(busy, playApi.create)).toBe('done');
  at += 1000;
  expect(await act(busy)).toBe('unauthenticated');
});
