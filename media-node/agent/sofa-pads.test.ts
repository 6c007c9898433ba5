import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '#shared/manifest.ts';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';
import type { ServerMessage } from '#shared/signal.ts';
import { systemClock } from '../clock.ts';
import { GAMES } from '../test/stage.ts';
import type { Participant } from './participant.ts';
import { Session } from './session.ts';

/** Mr.Boom: four seats, each with a pad. */
const manifest = parseManifest(JSON.parse(readFileSync(join(GAMES, 'mrboom/game.json'), 'utf8')));

type Pads = Extract<ServerMessage, { type: 'pads' }>['seats'];

/** A session whose host has come, and which pads it has plugged in. */
function setUp() {
  const plugged = new Set<number>();
  const session = new Session({
    id: randomUUID(),
    epoch: 1,
    game: { manifest, gameDir: '/g', buildDir: '/b' },
    hostUserId: randomUUID(),
    reconnectWindowSeconds: 90,
    onEvent: () => undefined,
    clock: systemClock,
  });
  session.sofa.onPad((seat, isIn) => {
    if (isIn) plugged.add(seat);
    else plugged.delete(seat);
  });
  const come = (seat: number | null, userId: string = randomUUID()) => {
    const heard: Pads[] = [];
    const shaken: unknown[] = [];
    const participant: Participant = {
      userId,
      role: seat === null ? 'spectator' : 'player',
      seat,
      host: seat === 1,
      seating: 0,
      displayName: 'Ada',
      send: message => {
        if (message.type === 'pads') heard.push(message.seats);
        if (message.type === 'rumble') shaken.push([message.hand, message.low]);
      },
      close: () => undefined,
    };
    session.join(participant);
    const plug = (hand: number, isIn = true) => session.sofa.plug(userId, hand, isIn);
    return { participant, heard, shaken, plug, seatOf: (hand: number) => session.sofa.seatOf(userId, hand) };
  };
  return { session, plugged, come, host: come(1) };
}

describe("pads beside the host's own", () => {
  it('play the free seats, lowest first, as many as the game has pads for', () => {
    const { plugged, come, host } = setUp();
    come(3);
    for (const hand of [1, 2, 3]) host.plug(hand);
    expect(host.heard.at(-1)).toEqual([2, 4, null]);
    expect([...plugged]).toEqual([2, 4]);
    host.plug(1, false);
    // The one that waited has it.
    expect(host.heard.at(-1)).toEqual([null, 4, 2]);
    expect(host.seatOf(1)).toBeUndefined();
    expect(host.seatOf(3)).toBe(2);
  });

  it('are nobody else’s: a guest, a spectator and a host without a seat have none', () => {
    const { session, come, host } = setUp();
    expect(() => come(2).plug(1)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(() => come(null).plug(1)).toThrow(expect.objectContaining({ code: 'forbidden' }));
    session.move(host.participant, { role: 'spectator', seat: null, host: true, seating: 1 });
    expect(() => host.plug(1)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('are taken away at once by who takes the seat, and play another one that is free', () => {
    const { plugged, come, host } = setUp();
    host.plug(1);
    host.plug(2);
    expect(host.heard.at(-1)).toEqual([2, 3, null]);
    const guest = come(2);
    expect(host.heard.at(-1)).toEqual([4, 3, null]);
    expect([...plugged].sort()).toEqual([3, 4]);
    come(4);
    expect(host.heard.at(-1)).toEqual([null, 3, null]);
    expect([...plugged]).toEqual([3]);
    expect(guest.heard).toEqual([]);
  });

  it('leave a seat to who is away from it, until they give it up', () => {
    const { session, come, host } = setUp();
    const guest = come(2);
    session.leave(guest.participant);
    host.plug(1);
    expect(host.heard.at(-1)).toEqual([3, null, null]);
    host.plug(2);
    host.plug(3);
    expect(host.heard.at(-1)).toEqual([3, 4, null]);
    session.vacate(2);
    expect(host.heard.at(-1)).toEqual([3, 4, 2]);
  });

  it('go by the right to the pad of the seat that they play', () => {
    const { session, plugged, host } = setUp();
    host.plug(1);
    session.seating.set(2, ['keyboard', 'mouse', 'voice'], 1);
    session.sofa.refresh();
    expect(host.heard.at(-1)).toEqual([3, null, null]);
    expect([...plugged]).toEqual([3]);
    host.plug(2);
    host.plug(3);
    expect(host.heard.at(-1)).toEqual([3, 4, null]);
    session.seating.set(2, SEAT_RIGHTS, 2);
    session.sofa.refresh();
    expect(host.heard.at(-1)).toEqual([3, 4, 2]);
  });

  it('are gone with the role of the host, or their seat; another host has their own', () => {
    const { session, plugged, come, host } = setUp();
    const guest = come(3);
    host.plug(1);
    session.move(guest.participant, { role: 'player', seat: 3, host: true, seating: 1 });
    session.move(host.participant, { role: 'player', seat: 1, host: false, seating: 1 });
    expect(host.heard.at(-1)).toEqual([null, null, null]);
    expect(plugged.size).toBe(0);
    guest.plug(1);
    expect(guest.heard.at(-1)).toEqual([2, null, null]);
    session.move(guest.participant, { role: 'spectator', seat: null, host: true, seating: 2 });
    expect(plugged.size).toBe(0);
  });

  it('wait for a host who is away for a moment, and are what their page says when it is back', () => {
    const { session, plugged, come, host } = setUp();
    host.plug(1);
    host.plug(2);
    session.leave(host.participant);
    expect([...plugged]).toEqual([2, 3]);
    const guest = come(2);
    expect([...plugged].sort()).toEqual([3, 4]);
    const back = come(1, host.participant.userId);
    back.plug(1);
    back.plug(2, false);
    expect(back.heard.at(-1)).toEqual([4, null, null]);
    expect([...plugged]).toEqual([4]);
    session.leave(back.participant);
    session.move(guest.participant, { role: 'player', seat: 2, host: true, seating: 3 });
    expect(plugged.size).toBe(0);
  });

  it('shake in the hand that has them', () => {
    const { session, come, host } = setUp();
    host.plug(2);
    session.tellPad(1, { low: 1, high: 0 });
    session.tellPad(2, { low: 2, high: 0 });
    session.tellPad(3, { low: 3, high: 0 });
    expect(host.shaken).toEqual([
      [0, 1],
      [2, 2],
    ]);
    const guest = come(2);
    session.tellPad(2, { low: 4, high: 0 });
    expect(guest.shaken).toEqual([[0, 4]]);
    expect(host.shaken).toHaveLength(2);
  });
});
