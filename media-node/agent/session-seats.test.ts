import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '#shared/manifest.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Participant } from './participant.ts';
import { Session } from './session.ts';

const manifest = parseManifest({
  slug: 'test',
  title: 'Test',
  summary: 'A game',
  description: 'A game',
  version: '1',
  developer: 'us',
  licence: 'MIT',
  art: { cover: 'cover.svg', accent: '#000000' },
  command: ['/usr/bin/true'],
  install: {},
  seats: 2,
  input: {
    pointer: 'none',
    seats: [
      { keys: 'all', pointer: false, hint: 'keys' },
      { keys: 'all', pointer: false, hint: 'keys' },
    ],
  },
  picture: { width: 640, height: 360, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 4000 },
  ready: 'window',
  needs: { memoryMb: 100, cpu: 1 },
});

/** A session by a clock that the test moves. */
function setUp() {
  let now = 0;
  let timers: { at: number; action: () => void }[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, action: () => void) => {
      const timer = { at: now + ms, action };
      timers.push(timer);
      return () => {
        timers = timers.filter(each => each !== timer);
      };
    },
  };
  const pass = (ms: number) => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { action } of due) action();
  };
  const session = new Session({
    id: randomUUID(),
    epoch: 1,
    game: { manifest, gameDir: '/g', buildDir: '/b' },
    hostUserId: randomUUID(),
    reconnectWindowSeconds: 90,
    onEvent: () => undefined,
    clock,
  });
  return { session, pass };
}

function come(session: Session, role: 'player' | 'spectator', seat: number | null = null) {
  const heard: Extract<ServerMessage, { type: 'seats' }>[] = [];
  const shaken: ServerMessage[] = [];
  const participant: Participant = {
    userId: randomUUID(),
    role,
    seat,
    host: seat === 1,
    seating: 0,
    displayName: 'Ada',
    send: message => {
      if (message.type === 'seats') heard.push(message);
      if (message.type === 'rumble') shaken.push(message);
    },
    close: () => undefined,
  };
  session.join(participant);
  return { participant, heard, shaken };
}

describe('who is told of who is there', () => {
  it('200 spectators who come within a second are told of in a handful of messages, to all; the last one counts them all', () => {
    const { session, pass } = setUp();
    const player = come(session, 'player', 1);
    pass(1000);
    player.heard.length = 0;
    const crowd = Array.from({ length: 200 }, () => {
      pass(5);
      return come(session, 'spectator');
    });
    // Each knows at once who plays.
    for (const { heard } of crowd) expect(heard[0]?.seats).toHaveLength(1);
    pass(2000);
    expect(player.heard.length).toBeLessThan(10);
    expect(player.heard.at(-1)?.spectators).toBe(200);
    const sent = crowd.reduce((sum, { heard }) => sum + heard.length, 0);
    expect(sent).toBeLessThan(200 * 10);
    for (const { heard } of crowd) expect(heard.at(-1)?.spectators).toBe(200);
    for (const { participant } of crowd) session.leave(participant);
    pass(2000);
    expect(player.heard.length).toBeLessThan(15);
    expect(player.heard.at(-1)?.spectators).toBe(0);
  });

  it('players are told of each other at once, however many watch', () => {
    const { session, pass } = setUp();
    const host = come(session, 'player', 1);
    for (let count = 0; count < 200; count++) come(session, 'spectator');
    pass(2000);
    host.heard.length = 0;
    const guest = come(session, 'player', 2);
    expect(host.heard).toMatchObject([{ seats: [{ seat: 1 }, { seat: 2, connected: true }] }]);
    expect(guest.heard).toHaveLength(1);
    session.leave(guest.participant);
    expect(host.heard.at(-1)).toMatchObject({ seats: [{ seat: 1 }, { seat: 2, connected: false }] });
  });

  it('what the game does to a pad is told to who plays it with the right to it, and nobody else', () => {
    const { session } = setUp();
    const host = come(session, 'player', 1);
    const guest = come(session, 'player', 2);
    const watcher = come(session, 'spectator');
    session.tellPad(2, { low: 1, high: 2 });
    session.seating.set(2, ['keyboard'], 1);
    session.tellPad(2, { low: 3, high: 4 });
    const shaken = [{ type: 'rumble', hand: 0, low: 1, high: 2 }];
    expect([host.shaken, guest.shaken, watcher.shaken]).toEqual([[], shaken, []]);
  });

  it('keeps the seat of who is away until they have another place, by the newest that is known', () => {
    const { session } = setUp();
    const host = come(session, 'player', 1);
    const { participant } = come(session, 'player', 2);
    session.move(participant, { role: 'player', seat: 2, host: false, seating: 4 });
    session.vacateOf(participant.userId, { seat: null, seating: 5 });
    expect(session.userOf(2)).toBe(participant.userId);
    session.leave(participant);
    session.vacateOf(participant.userId, { seat: 2, seating: 6 });
    expect(session.userOf(2)).toBe(participant.userId);
    session.vacateOf(participant.userId, { seat: null, seating: 0 });
    expect(session.userOf(2)).toBe(participant.userId);
    session.vacateOf(participant.userId, { seat: null, seating: 6 });
    expect(session.userOf(2)).toBeUndefined();
    expect(host.heard.at(-1)?.seats).toMatchObject([{ seat: 1 }]);
  });

  it('says nothing more once the session is over', () => {
    const { session, pass } = setUp();
    const { heard } = come(session, 'player', 1);
    come(session, 'spectator');
    session.end('player_quit');
    heard.length = 0;
    pass(5000);
    expect(heard).toEqual([]);
  });
});
