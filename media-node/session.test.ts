import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE, type ServerMessage } from '#shared/signal.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { descendants, isAlive } from './test/processes.ts';
import { arrive as arriveAt, GAMES, phase, sessionOfEpoch, slug, until, version } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import { TestPlayer } from './test/test-player.ts';

/** The node's program whole: real display, game, media helper and mediasoup worker, against an edge that signs real tickets. */

let edge: TestEdge;
let node: TestNode;
let epoch = 0;

const newSession = () => sessionOfEpoch(++epoch);
const arrive = (claims: Partial<TicketClaims>) => arriveAt(edge, claims);

async function refusal(ticket: string): Promise<string> {
  const player = await TestPlayer.hello(edge.signalUrl, ticket);
  const { code } = await player.waitForClose();
  expect(code).toBe(CLOSE.refused);
  const last = player.messages.at(-1);
  return last?.type === 'refused' ? last.code : 'not refused';
}

function processOf(name: string): number {
  const found = descendants(node.pid).filter(({ program }) => program === name);
  expect(found).not.toHaveLength(0);
  return found.at(-1)?.pid ?? 0;
}

describe('a session on the media node', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { gamesDir: GAMES, reconnectWindowSeconds: 2 } });
  });

  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  it('registers with what it can play, and keeps its lease', async () => {
    expect(edge.registrations[0]?.games).toContainEqual({ slug, version });
    await until(() => edge.heartbeats.length >= 2);
    expect(edge.heartbeats[0]).toMatchObject({ state: 'ready', sessions: [] });
  });

  it('plays: host, second player and spectator, each with their rights', async () => {
    const session = newSession();
    const host = await arrive(session);
    const welcome = await host.welcome();
    expect(welcome).toMatchObject({ role: 'player', seat: 1, phase: 'starting' });
    await phase(host, 'playing');
    await node.waitForLog(line => line.msg === 'picture flows' && line.sessionId === session.sessionId);

    const consumed = await host.request({ type: 'consume', rtpCapabilities: welcome.routerRtpCapabilities });
    expect(consumed.ok && consumed.data.consumers).toMatchObject([
      { kind: 'video', rtpParameters: { rtcp: { cname: 'picture' } } },
      { kind: 'audio', rtpParameters: { rtcp: { cname: 'sound' } } },
    ]);
    expect(JSON.stringify(consumed)).toContain('playout-delay');

    const second = await arrive({ ...session, sub: randomUUID(), seat: 2, displayName: 'Bob' });
    expect(await second.welcome()).toMatchObject({ seat: 2, phase: 'playing' });
    const spectator = await arrive({ ...session, sub: randomUUID(), role: 'spectator', seat: null });
    expect(await spectator.welcome()).toMatchObject({ role: 'spectator', sendTransport: null, keys: [] });
    const raw = await spectator.request({
      type: 'produceData',
      channel: 'keys',
      sctpStreamParameters: { streamId: 0, ordered: true },
    });
    expect(raw).toMatchObject({ ok: false, error: { code: 'forbidden' } });

    const seats = spectator.messages.findLast(message => message.type === 'seats');
    expect(seats).toMatchObject({ spectators: 1, seats: [{ seat: 1 }, { seat: 2, displayName: 'Bob' }] });
    await until(() => edge.heartbeats.at(-1)?.load.viewers === 3);

    host.send({ type: 'quit' });
    expect(await spectator.waitForClose()).toMatchObject({ code: CLOSE.ended, reason: 'player_quit' });
    await until(() => edge.eventsOf(session.sessionId).includes('session_ended player_quit'));
    expect(edge.eventsOf(session.sessionId).slice(0, 2).sort()).toEqual([
      'session_starting',
      'viewer_joined',
    ]);
  });

  it('refuses tickets that are used, foreign, altered, expired, unknown or stale', async () => {
    const session = newSession();
    const ticket = await edge.ticket(session);
    const host = await TestPlayer.hello(edge.signalUrl, ticket);
    await host.welcome();
    const now = Math.floor(Date.now() / 1000);
    expect(await refusal(ticket)).toBe('ticket_used');
    expect(await refusal(await edge.ticket({ ...session, aud: 'another-node' }))).toBe('ticket_foreign');
    expect(await refusal(await edge.ticket({ ...session, iat: now - 60, exp: now - 10 }))).toBe(
      'ticket_expired',
    );
    expect(await refusal(await edge.ticket(session, 'another-key'))).toBe('ticket_invalid');
    expect(await refusal(await edge.ticket({ ...session, epoch: epoch - 1 }))).toBe('epoch_stale');
    expect(await refusal(await edge.ticket({ ...session, sessionId: randomUUID() }))).toBe('ticket_invalid');
    expect(await refusal(await edge.ticket({ ...session, slot: 7 }))).toBe('ticket_invalid');
    const [header, , signature] = ticket.split('.');
    const payload = Buffer.from(JSON.stringify({ ...session, seat: 2 })).toString('base64url');
    expect(await refusal(`${header}.${payload}.${signature}`)).toBe('ticket_invalid');
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('answers pings of who has no ticket, to measure the way here, and nothing else', async () => {
    const visitor = new TestPlayer(edge.signalUrl);
    await visitor.opened();
    visitor.send({ type: 'ping', sentAt: 7 });
    expect(await visitor.waitFor(message => message.type === 'pong')).toMatchObject({ sentAt: 7 });
    visitor.send({ type: 'requestKeyFrame' });
    expect(await visitor.waitForClose()).toMatchObject({ code: CLOSE.protocol });
  });

  it('keeps the game for a player who comes back, and tells the older device when a newer one takes over', async () => {
    const session = newSession();
    const first = await arrive(session);
    await phase(first, 'playing');
    const game = descendants(node.pid).find(({ program }) => program === 'bwrap')?.pid ?? 0;
    first.vanish();
    await until(() => edge.eventsOf(session.sessionId).includes('session_reconnecting'));
    const second = await arrive(session);
    expect(await second.welcome()).toMatchObject({ phase: 'waiting' });
    await phase(second, 'playing');
    expect(isAlive(game)).toBe(true);

    const third = await arrive(session);
    await third.welcome();
    expect(await second.waitForClose()).toMatchObject({ code: CLOSE.replaced, reason: 'replaced' });
    expect(edge.eventsOf(session.sessionId).filter(type => type === 'session_starting')).toHaveLength(1);

    third.vanish();
    await until(() => edge.eventsOf(session.sessionId).includes('session_ended reconnect_window_expired'));
    await until(() => !isAlive(game));
  });

  it('says that the game crashed, and is ready for the next session', async () => {
    const session = newSession();
    const host = await arrive(session);
    await phase(host, 'playing');
    process.kill(processOf('bwrap'), 'SIGKILL');
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'game_crashed' });

    const next = await arrive(newSession());
    await phase(next, 'playing');
    next.send({ type: 'quit' });
    await next.waitForClose();
  });

  it('ends a session that the edge has given up', async () => {
    const session = newSession();
    const host = await arrive(session);
    await phase(host, 'playing');
    edge.endSessions = [session.sessionId];
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'node_lost' });
    edge.endSessions = [];
  });

  it('cuts off what does not keep to the protocol', async () => {
    const silent = new TestPlayer(edge.signalUrl);
    await silent.opened();
    silent.sendRaw('not json');
    expect(await silent.waitForClose()).toMatchObject({ code: CLOSE.protocol });
    const early = new TestPlayer(edge.signalUrl);
    await early.opened();
    early.send({ type: 'requestKeyFrame' });
    expect(await early.waitForClose()).toMatchObject({ code: CLOSE.protocol });
    const huge = new TestPlayer(edge.signalUrl);
    await huge.opened();
    huge.sendRaw('x'.repeat(70_000));
    expect(await huge.waitForClose()).toMatchObject({ code: 1009 });
  });

  it('delivers events that the edge did not take at first', async () => {
    const session = newSession();
    const asked = edge.saves.calls.length;
    const host = await arrive(session);
    // What the game begins with it must know before.
    await until(() => edge.saves.calls.length > asked);
    edge.down = true;
    await phase(host, 'playing');
    expect(edge.eventsOf(session.sessionId)).not.toContain('session_playing');
    edge.down = false;
    await until(() => edge.eventsOf(session.sessionId).includes('session_playing'));
    host.send({ type: 'quit' });
    await host.waitForClose();
  });

  it('drains at SIGTERM: tells the deadline, keeps playing until then, leaves no process', async () => {
    const session = newSession();
    const host = await arrive(session);
    await phase(host, 'playing');
    const started = descendants(node.pid);
    expect(started.length).toBeGreaterThan(4);
    node.signal('SIGTERM');
    const draining = await host.waitFor(
      (message): message is Extract<ServerMessage, { type: 'draining' }> => message.type === 'draining',
    );
    const deadline = draining.deadline ?? 0;
    expect(deadline).toBeGreaterThan(Date.now());
    await until(() => edge.heartbeats.at(-1)?.state === 'draining');
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'node_draining' });
    expect(Date.now()).toBeGreaterThanOrEqual(deadline - 50);
    expect(await node.exited()).toBe(0);
    expect(edge.eventsOf(session.sessionId)).toContain('session_ended node_draining');
    expect(edge.hasLeft).toBe(true);
    expect(started.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });
});
