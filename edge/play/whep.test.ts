import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, call, claimsOf, codeOf, enter, join, newPlayer, services } from '#edge/testing/platform.ts';
import { newStage } from '#edge/testing/stage.ts';
import { playApi } from '#shared/api/play.ts';
import { ticketClaimsSchema } from '#shared/ticket.ts';
import { WHEP_TOKEN_TTL_S } from '#shared/whep.ts';

describe('a WHEP link', () => {
  it('is for who plays or watches the session: a spectator of its node, slot and epoch for an hour', async () => {
    const { player, admission } = await newStage();
    const { id } = admission.session;
    const link = await api(playApi.whep, { params: { id } }, player);
    expect(link.url).toBe(`${admission.signalUrl.replace(/^ws/, 'http').replace(/\/$/, '')}/whep/${id}`);
    const ticket = ticketClaimsSchema.parse(claimsOf(admission.ticket));
    const claims = ticketClaimsSchema.parse(claimsOf(link.token));
    expect(claims).toMatchObject({
      aud: ticket.aud,
      sub: player.user.id,
      sessionId: id,
      epoch: ticket.epoch,
      slot: ticket.slot,
      role: 'spectator',
      seat: null,
    });
    expect(claims.exp - claims.iat).toBe(WHEP_TOKEN_TTL_S);
    expect(JSON.parse(atob(link.token.split('.')[0] ?? ''))).toMatchObject({ typ: 'whep+jwt' });

    const spectator = await newPlayer();
    await join(spectator, { sessionId: id, role: 'spectator' });
    expect(await api(playApi.whep, { params: { id } }, spectator)).toMatchObject({ url: link.url });
  });

  it('is voided by who made it: its node is ordered to', async () => {
    const { player, admission, node } = await newStage();
    const { id } = admission.session;
    await api(playApi.whep, { params: { id } }, player);
    expect(
      await codeOf(call('DELETE', `/v1/sessions/${id}/whep`, { token: (await newPlayer()).token })),
    ).toBe('session_not_found');
    await api(playApi.voidWhep, { params: { id } }, player);
    const { db } = await services();
    const { rows: orders } = await db.execute(sql`select body from node_orders where node_id = ${node.id}`);
    expect(orders).toEqual([{ body: { type: 'void_links', sessionId: id, userId: player.user.id } }]);
  });

  it('is for nobody else, nor for a session that is over or waits', async () => {
    const { game, player, admission } = await newStage();
    const { id } = admission.session;
    const ask = (by: { token: string }, of = id) =>
      codeOf(call('POST', `/v1/sessions/${of}/whep`, { token: by.token }));
    const stranger = await newPlayer();
    expect(await ask(stranger)).toBe('session_not_found');
    const waiting = await enter(stranger, game);
    expect(await ask(stranger, waiting.session.id)).toBe('no_capacity');
    const leaver = await newPlayer();
    await join(leaver, { sessionId: id, role: 'spectator' });
    await call('POST', `/v1/sessions/${id}/leave`, { token: leaver.token });
    expect(await ask(leaver)).toBe('forbidden');
    await call('DELETE', `/v1/sessions/${id}`, { token: player.token });
    expect(await ask(player)).toBe('session_over');
  });
});
