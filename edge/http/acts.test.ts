import { expect, it } from 'vitest';
import type { Allowance } from '#edge/allowance.ts';
import { Memory } from '#edge/memory.ts';
import { services } from '#edge/testing/platform.ts';
import { playApi } from '#shared/api/play.ts';
import { roomsApi } from '#shared/api/rooms.ts';
import { admitAct } from './acts.ts';

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
