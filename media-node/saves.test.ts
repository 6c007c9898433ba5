import { randomBytes, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedResponseSchema } from '#shared/save-signal.ts';
import type { ServerMessage } from '#shared/signal.ts';
import { CLOSE } from '#shared/signal.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { type Contents, contentsOf } from './saves/testing.ts';
import { unpack } from './saves/unpack.ts';
import { descendants } from './test/processes.ts';
import { arrive as arriveAt, phase, type SessionClaims, sessionOfEpoch, slug, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

/** Saves as a node makes them, whole: a real game in its sandbox, and the real object store. */

let edge: TestEdge;
let node: TestNode;
let epoch = 0;

const QUICK = { quietSeconds: 0.3, intervalSeconds: 0.5, restlessSeconds: 5 };
const NEVER = { quietSeconds: 3600, intervalSeconds: 3600, restlessSeconds: 3600 };

const arrive = (claims: Partial<TicketClaims>) => arriveAt(edge, claims);

/** A session of this player, in which the probe plays. */
async function play(userId: string = randomUUID()): Promise<{ session: SessionClaims; host: TestPlayer }> {
  const session = { ...sessionOfEpoch(++epoch), sub: userId };
  const host = await arrive(session);
  await phase(host, 'playing');
  return { session, host };
}

const homeOf = (session: SessionClaims): string => join(node.dir, 'data/homes', session.sessionId);

/** What is in the home, without what the sound's library leaves in every one. */
function inHome(session: SessionClaims): Contents {
  const all = Object.entries(contentsOf(homeOf(session)));
  return Object.fromEntries(all.filter(([path]) => !path.startsWith('.config')));
}

/** Writes the game's save file, as the game does. */
function makeSave(session: SessionClaims, text: string): void {
  mkdirSync(join(homeOf(session), 'saves'), { recursive: true });
  writeFileSync(join(homeOf(session), 'saves/presses'), text);
}

/** The content of the good save in the store. */
async function inStore(userId: string, slot?: string): Promise<string | undefined> {
  const good = edge.saves.good(userId, slug, slot);
  const bytes = await edge.saves.bytesOf(userId, slug, slot);
  if (good === undefined || bytes === undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-saves-node-'));
  try {
    writeFileSync(join(dir, 'archive'), bytes);
    mkdirSync(join(dir, 'home'));
    await unpack(join(dir, 'archive'), good.sha256, join(dir, 'home'));
    return contentsOf(join(dir, 'home'))['saves/presses'] ?? undefined;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const news = (player: TestPlayer, type: ServerMessage['type']) =>
  player.waitFor((message): message is ServerMessage => message.type === type);

async function quit(host: TestPlayer): Promise<void> {
  host.send({ type: 'quit' });
  expect(await host.waitForClose()).toMatchObject({ code: CLOSE.ended });
}

/** Waits until the edge knows of the end; answers the reason. */
async function endOf({ sessionId }: SessionClaims): Promise<string> {
  let end: string | undefined;
  await until(() => {
    end = edge.eventsOf(sessionId).find(type => type.startsWith('session_ended'));
    return end !== undefined;
  });
  return end?.split(' ').at(-1) ?? '';
}

describe('saves on the media node, of a game that is left alone', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { saves: QUICK } });
  });

  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  it('are taken in quiet moments, told to whose they are, and not put up twice', async () => {
    const { session, host } = await play();
    const guest = await arrive({ ...session, sub: randomUUID(), seat: 2, ownerId: session.sub });
    await guest.welcome();
    makeSave(session, '1 0 0 0\n');
    expect(await news(host, 'saved')).toMatchObject({ save: { game: slug, slot: 'auto' } });
    expect(await inStore(session.sub)).toBe('1 0 0 0\n');
    expect(guest.messages.some(({ type }) => type === 'saved')).toBe(false);
    await quit(host);
    expect(await endOf(session)).toBe('player_quit');
    expect(edge.saves.calls.filter(call => call === 'begin')).toHaveLength(1);
    expect(readdirSync(join(node.dir, 'data/homes'))).toEqual([]);
  });

  it('are what the next session begins with, and its home is fresh otherwise', async () => {
    const first = await play();
    makeSave(first.session, '7 0 0 0\n');
    writeFileSync(join(homeOf(first.session), 'not-a-save'), 'x');
    await quit(first.host);
    const second = await play(first.session.sub);
    expect(inHome(second.session)).toEqual({ saves: null, 'saves/presses': '7 0 0 0\n' });
    await quit(second.host);
    const stranger = await play();
    expect(inHome(stranger.session)).toEqual({});
    await quit(stranger.host);
  });

  it('come from this disk only when they are whole there, else from the store', async () => {
    const first = await play();
    makeSave(first.session, '8 0 0 0\n');
    await quit(first.host);
    const { sha256 = '' } = edge.saves.good(first.session.sub, slug) ?? {};
    // The line to the store is cut: it is here.
    edge.saves.store.cutAfter = 0;
    const second = await play(first.session.sub);
    expect(inHome(second.session)['saves/presses']).toBe('8 0 0 0\n');
    await quit(second.host);
    edge.saves.store.cutAfter = null;
    writeFileSync(join(node.dir, 'data/saves/cache', sha256), 'not what it says');
    const third = await play(first.session.sub);
    expect(inHome(third.session)['saves/presses']).toBe('8 0 0 0\n');
    await quit(third.host);
  });

  it('end a session that could not begin with its save, and leave that as it is', async () => {
    const first = await play();
    makeSave(first.session, '9 0 0 0\n');
    await quit(first.host);
    const good = edge.saves.good(first.session.sub, slug);
    if (good === undefined) throw new Error('it was saved');
    const { sha256 } = good;
    good.sha256 = '0'.repeat(64);
    const session = { ...sessionOfEpoch(++epoch), sub: first.session.sub };
    const host = await arrive(session);
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'restore_failed' });
    expect(await endOf(session)).toBe('restore_failed');
    good.sha256 = sha256;
    expect(await inStore(first.session.sub)).toBe('9 0 0 0\n');
    edge.saves.refuse = { call: 'newest', code: 'session_not_held' };
    const refused = await arrive({ ...sessionOfEpoch(++epoch), sub: first.session.sub });
    expect((await refused.waitForClose()).reason).toBe('restore_failed');
    edge.saves.refuse = undefined;
  });

  it('that break off while they are put up leave the good one, and are put up again', async () => {
    const { session, host } = await play();
    makeSave(session, '1 0 0 0\n');
    await news(host, 'saved');
    edge.saves.store.cutAfter = 100_000;
    writeFileSync(join(homeOf(session), 'saves/big'), randomBytes(400_000));
    makeSave(session, '2 0 0 0\n');
    await until(() => edge.saves.store.cuts >= 2);
    expect(await inStore(session.sub)).toBe('1 0 0 0\n');
    edge.saves.store.cutAfter = null;
    await host.waitFor(
      (message): message is ServerMessage => message.type === 'saved' && message.save.size > 300_000,
    );
    expect(await inStore(session.sub)).toBe('2 0 0 0\n');
    await quit(host);
  });

  it('that are too large are told of, and the game goes on', async () => {
    const { session, host } = await play();
    makeSave(session, '');
    truncateSync(join(homeOf(session), 'saves/presses'), 2 ** 40);
    expect(await news(host, 'saveFailed')).toMatchObject({ code: 'save_too_large' });
    makeSave(session, '5 0 0 0\n');
    await news(host, 'saved');
    expect(host.messages.filter(({ type }) => type === 'saveFailed')).toHaveLength(1);
    await quit(host);
  });

  it('that a game makes of links are no way to read what is not its own', async () => {
    const { session, host } = await play();
    makeSave(session, '6 0 0 0\n');
    symlinkSync('/etc/passwd', join(homeOf(session), 'saves/passwd'));
    symlinkSync(join(node.dir, 'secrets'), join(homeOf(session), 'saves/secrets'));
    await news(host, 'saved');
    await quit(host);
    const second = await play(session.sub);
    expect(inHome(second.session)).toEqual({ saves: null, 'saves/presses': '6 0 0 0\n' });
    await quit(second.host);
  });
});

describe('saves on the media node, when it matters', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { saves: NEVER, drainSeconds: 2 } });
  });

  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  it('are made when the host asks, into the slot that they say, and answered', async () => {
    const { session, host } = await play();
    expect((await host.welcome()).saves).toBe(true);
    expect(await host.request({ type: 'save' })).toMatchObject({
      ok: false,
      error: { code: 'save_nothing' },
    });
    expect(await host.request({ type: 'save' })).toMatchObject({
      ok: false,
      error: { code: 'rate_limited' },
    });
    const guest = await arrive({ ...session, sub: randomUUID(), seat: 2, ownerId: session.sub });
    expect((await guest.welcome()).saves).toBe(false);
    expect(await guest.request({ type: 'save' })).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    makeSave(session, '3 0 0 0\n');
    await sleep(2000); // not more often than that
    const answer = await host.request({ type: 'save', slot: 'boss' });
    expect(answer.ok && savedResponseSchema.parse(answer.data).save).toMatchObject({ slot: 'boss' });
    expect(await inStore(session.sub, 'boss')).toBe('3 0 0 0\n');
    expect(edge.saves.good(session.sub, slug)).toBeUndefined();
    host.send({ type: 'save', id: 99, slot: '../up' });
    expect(await host.waitForClose()).toMatchObject({ code: CLOSE.protocol });
    edge.endSessions = [session.sessionId];
    await endOf(session);
    edge.endSessions = [];
  });

  it('are made when the host leaves, and when the node is to drain', async () => {
    const { session, host } = await play();
    makeSave(session, '4 0 0 0\n');
    host.vanish();
    await until(() => edge.saves.good(session.sub, slug) !== undefined);
    expect(await inStore(session.sub)).toBe('4 0 0 0\n');
    const left = edge.saves.good(session.sub, slug)?.id;
    const back = await arrive(session);
    await phase(back, 'playing');
    makeSave(session, '5 0 0 0\n');
    await edge.order({ type: 'drain', deadline: new Date(Date.now() + 60_000).toISOString() });
    await until(() => edge.saves.good(session.sub, slug)?.id !== left);
    expect(await inStore(session.sub)).toBe('5 0 0 0\n');
    await edge.order({ type: 'undrain' });
    await quit(back);
  });

  it('are made at the end, before the edge is told of it', async () => {
    const { session, host } = await play();
    makeSave(session, '6 0 0 0\n');
    host.send({ type: 'quit' });
    await news(host, 'saving');
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'player_quit' });
    expect(await endOf(session)).toBe('player_quit');
    expect(await inStore(session.sub)).toBe('6 0 0 0\n');
  });

  it('are not made of a session that is another node’s by now', async () => {
    const { session, host } = await play();
    makeSave(session, '7 0 0 0\n');
    edge.endSessions = [session.sessionId];
    expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'node_lost' });
    edge.endSessions = [];
    expect(edge.saves.good(session.sub, slug)).toBeUndefined();
  });

  it('are made when the game crashes, and when the node gets SIGTERM', async () => {
    const crashed = await play();
    makeSave(crashed.session, '8 0 0 0\n');
    const bwrap =
      descendants(node.pid)
        .filter(({ program }) => program === 'bwrap')
        .at(-1)?.pid ?? 0;
    process.kill(bwrap, 'SIGKILL');
    expect((await crashed.host.waitForClose()).reason).toBe('game_crashed');
    expect(await inStore(crashed.session.sub)).toBe('8 0 0 0\n');
    const { session, host } = await play();
    makeSave(session, '9 0 0 0\n');
    node.signal('SIGTERM');
    expect((await host.waitForClose()).reason).toBe('node_draining');
    expect(await node.exited()).toBe(0);
    expect(edge.eventsOf(session.sessionId)).toContain('session_ended node_draining');
    expect(await inStore(session.sub)).toBe('9 0 0 0\n');
  });
});
