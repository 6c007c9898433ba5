import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeatRight } from '#shared/seat-rights.ts';
import { CLOSE, type ServerMessage } from '#shared/signal.ts';
import { arrive, GAMES, phase, type SessionClaims, sessionOfEpoch, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

/** Milliseconds by which the node's clock is behind the edge's: nothing of what follows may notice. */
const SKEW_MS = 60_000;

type PlaceMessage = Extract<ServerMessage, { type: 'place' }>;
type Draining = Extract<ServerMessage, { type: 'draining' }>;

let edge: TestEdge;
let node: TestNode;
let epoch = 0;

async function playing(): Promise<{ session: SessionClaims; host: TestPlayer }> {
  const session = sessionOfEpoch(++epoch);
  const host = await arrive(edge, session);
  await phase(host, 'playing');
  return { session, host };
}

const seatsSeenBy = (player: TestPlayer) => {
  const last = player.messages.findLast(message => message.type === 'seats');
  return last?.type === 'seats' ? last.seats.map(({ seat }) => seat) : [];
};

/** The node's program whole, told what to do by an edge whose clock is a minute ahead. */
describe('orders to the media node', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    edge.clockAheadMs = SKEW_MS;
    node = await TestNode.open({ edge, overrides: { gamesDir: GAMES, reconnectWindowSeconds: 20 } });
    await until(() => edge.hasControl);
  });

  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  it('find a node that plays although its clock is 60 s off', async () => {
    const { host } = await playing();
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('end a session, of that epoch alone', async () => {
    const { session, host } = await playing();
    const end = { type: 'end_session', sessionId: session.sessionId, reason: 'operator_ended' } as const;
    await edge.order({ ...end, epoch: session.epoch + 1 });
    expect(host.closed).toBeUndefined();
    await edge.order({ ...end, epoch: session.epoch });
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'operator_ended' });
  });

  it('put somebody out for good, also with a ticket from before', async () => {
    const { session, host } = await playing();
    const bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob' };
    const guest = await arrive(edge, bob);
    await guest.welcome();
    await edge.order({ type: 'revoke', userId: bob.sub, sessionId: session.sessionId, reason: 'kicked' });
    expect(await guest.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'kicked' });
    await until(() => seatsSeenBy(host).join() === '1');
    const again = await arrive(edge, bob);
    expect(await again.waitForClose()).toMatchObject({ code: CLOSE.refused, reason: 'ticket_expired' });
    expect(host.closed).toBeUndefined();
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('keep no seat for somebody who is away when it is theirs no more', async () => {
    const { session, host } = await playing();
    const bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob', host: false };
    const cleo = { ...bob, sub: randomUUID(), seat: 3, displayName: 'Cleo' };
    for (const claims of [bob, cleo]) {
      const guest = await arrive(edge, claims);
      await guest.welcome();
      guest.vanish();
    }
    await until(() => seatsSeenBy(host).join() === '1,2,3');
    const { sessionId } = session;
    const toWatch = { role: 'spectator', seat: null, host: false, rights: [], seating: 1 } as const;
    await edge.order({ type: 'set_place', sessionId, userId: bob.sub, ...toWatch, rights: [] });
    await until(() => seatsSeenBy(host).join() === '1,3');
    await edge.order({ type: 'revoke', sessionId, userId: cleo.sub, reason: 'left' });
    await until(() => seatsSeenBy(host).join() === '1');
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('move somebody to another place on the connection that they have; the old place takes no ticket', async () => {
    const { session, host } = await playing();
    const bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob' };
    const guest = await arrive(edge, bob);
    await guest.welcome();
    const order = { type: 'set_place', sessionId: session.sessionId, userId: bob.sub, host: false } as const;
    const watching = { role: 'spectator', seat: null } as const;
    const placesTold = () =>
      guest.messages.filter((message): message is PlaceMessage => message.type === 'place');
    await edge.order({ ...order, ...watching, rights: [], seating: 5 });
    await until(() => placesTold().length === 1);
    expect(placesTold()[0]).toMatchObject({ ...watching, rights: [], keys: [], sendTransport: null });
    await until(() => seatsSeenBy(host).join() === '1');
    const sctpStreamParameters = { streamId: 0, ordered: true };
    const open = { type: 'produceData', channel: 'keys', sctpStreamParameters };
    expect(await guest.request(open)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const asBefore = await arrive(edge, bob);
    expect(await asBefore.waitForClose()).toMatchObject({ code: CLOSE.refused, reason: 'ticket_expired' });
    const ofBefore = await arrive(edge, { ...bob, ...watching, seating: 4 });
    expect(await ofBefore.waitForClose()).toMatchObject({ code: CLOSE.refused, reason: 'ticket_expired' });

    const third = { role: 'player', seat: 3 } as const;
    await edge.order({ ...order, ...third, rights: ['keyboard'], seating: 7 });
    await edge.order({ ...order, ...watching, rights: [], seating: 6 });
    await until(() => placesTold().length === 2);
    expect(placesTold()[1]).toMatchObject({ ...third, rights: ['keyboard'], keys: ['Space'] });
    expect(placesTold()[1]?.sendTransport).not.toBeNull();
    await until(() => seatsSeenBy(host).join() === '1,3');
    expect(guest.closed).toBeUndefined();
    const comings = () =>
      edge.events.filter(
        event => event.type.startsWith('viewer_') && 'userId' in event && event.userId === bob.sub,
      );
    await until(() => comings().length >= 5);
    expect(comings().map(event => [event.type, 'seat' in event && event.seat])).toEqual([
      ['viewer_joined', 2],
      ['viewer_left', 2],
      ['viewer_joined', null],
      ['viewer_left', null],
      ['viewer_joined', 3],
    ]);
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('pass the host’s role on: whose quit ends it, and that of nobody else', async () => {
    const { session, host } = await playing();
    const bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob' };
    const guest = await arrive(edge, bob);
    expect((await guest.welcome()).host).toBe(false);
    const order = { type: 'set_place', sessionId: session.sessionId, role: 'player' } as const;
    const rest = { rights: ['keyboard'] as SeatRight[], seating: 1 };
    await edge.order({ ...order, ...rest, userId: session.sub, seat: 1, host: false });
    await edge.order({ ...order, ...rest, userId: bob.sub, seat: 2, host: true });
    const isTold = (message: ServerMessage): message is PlaceMessage => message.type === 'place';
    expect(await host.waitFor(isTold)).toMatchObject({ host: false, seat: 1 });
    expect(await guest.waitFor(isTold)).toMatchObject({ host: true, seat: 2 });
    host.send({ type: 'quit' });
    expect(await host.waitForClose()).toMatchObject({ code: CLOSE.ended });
    await until(() => seatsSeenBy(guest).join() === '2');
    guest.send({ type: 'quit' });
    expect(await guest.waitForClose()).toMatchObject({ code: CLOSE.ended, reason: 'player_quit' });
    await until(() => edge.eventsOf(session.sessionId).includes('session_ended player_quit'));
  });

  it('change what a seat may do while it plays, also for who comes later with an older ticket', async () => {
    const { session, host } = await playing();
    expect((await host.welcome()).rights).toEqual(['keyboard', 'mouse', 'pad', 'voice']);
    const order = { type: 'set_rights', sessionId: session.sessionId } as const;
    await edge.order({ ...order, seat: 1, rights: ['keyboard'], seating: 3 });
    type Rights = Extract<ServerMessage, { type: 'rights' }>;
    const told = await host.waitFor((message): message is Rights => message.type === 'rights');
    expect(told.rights).toEqual(['keyboard']);
    await edge.order({ ...order, seat: 1, rights: [], seating: 2 });
    await edge.order({ ...order, seat: 2, rights: ['mouse'], seating: 4 });
    expect(host.messages.filter(({ type }) => type === 'rights')).toHaveLength(1);
    const bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob' };
    const late = await arrive(edge, { ...bob, rights: ['keyboard', 'mouse'], seating: 3 });
    expect((await late.welcome()).rights).toEqual(['mouse']);
    const newer = await arrive(edge, { ...bob, rights: ['voice'], seating: 5 });
    expect((await newer.welcome()).rights).toEqual(['voice']);
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('come by the heartbeat too, and are carried out once', async () => {
    const { session, host } = await playing();
    const id = randomUUID();
    edge.orders = [
      {
        id,
        at: new Date(Date.now() + SKEW_MS).toISOString(),
        type: 'revoke',
        userId: session.sub,
        sessionId: null,
        reason: 'signed_out',
      },
    ];
    expect(await host.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'unauthenticated' });
    await until(() => edge.orders.length === 0);
    // Signed in again a second later, to the seat that was kept.
    await new Promise(resolve => setTimeout(resolve, 1100));
    const back = await arrive(edge, session);
    expect(await back.welcome()).toMatchObject({ seat: 1, phase: 'waiting' });
    back.send({ type: 'quit' });
    await back.waitForClose();
  });

  it('drain the node, which stays up; taken back, players are told so', async () => {
    const { host } = await playing();
    const deadline = new Date(Date.now() + SKEW_MS + 60_000);
    await edge.order({ type: 'drain', deadline: deadline.toISOString() });
    const told = await host.waitFor((message): message is Draining => message.type === 'draining');
    expect(told.deadline).toBe(deadline.getTime());
    await until(() => edge.heartbeats.at(-1)?.state === 'draining');
    await edge.order({ type: 'undrain' });
    await host.waitFor(
      (message): message is Draining => message.type === 'draining' && message.deadline === null,
    );
    await until(() => edge.heartbeats.at(-1)?.state === 'ready');
    await edge.order({ type: 'drain', deadline: new Date(Date.now() + SKEW_MS).toISOString() });
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'node_draining' });
    await edge.order({ type: 'undrain' });
    const { host: next } = await playing();
    next.send({ type: 'quit' });
    await next.waitForClose();
  });
});
