import { describe, expect, it } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { CHANNEL_OF, encodeInput, type InputMessage } from '#shared/input.ts';
import { encodeRepeat } from '#shared/input-repeats.ts';
import {
  INPUT_FLOOD_PER_S,
  INPUT_FLOOD_SECONDS,
  INPUT_MAX_MALFORMED,
  INPUT_RATES,
  TEXT_RATE,
} from '#shared/limits.ts';
import { RIGHT_OF, SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';
import type { Role } from '#shared/ticket.ts';
import { InputGate, type InputGateOptions } from './input-gate.ts';

/** A message of each kind that the wire format has. */
const EACH_KIND: readonly InputMessage[] = [
  { kind: 'key', code: 30, down: true },
  { kind: 'button', button: 0, down: true },
  { kind: 'wheel', dx: 0, dy: 1 },
  { kind: 'releaseAll' },
  { kind: 'pointer', x: 1, y: 2, sequence: 3 },
  { kind: 'motion', dx: 4, dy: 5 },
  { kind: 'text', text: '文' },
  { kind: 'pad', hand: 0, sequence: 1, buttons: 1, axes: [0, 0, 0, 0], triggers: [0, 0] },
  { kind: 'padAxes', hand: 0, sequence: 2, axes: [1, 2, 3, 4], triggers: [5, 6] },
  { kind: 'padPlug', hand: 0, plugged: true },
];

/** Nobody's other hands. */
const NO_SOFA = {
  plug: () => {
    throw new NearcadeError('forbidden');
  },
  seatOf: () => undefined,
};

function gateFor(
  role: Role,
  seat: number | null,
  rights: readonly SeatRight[] = SEAT_RIGHTS,
  sofa: InputGateOptions['sofa'] = NO_SOFA,
) {
  const applied: [number, InputMessage][] = [];
  const refused: [number, string][] = [];
  const held: boolean[] = [];
  const cuts: NearcadeError[] = [];
  const due: (() => void)[] = [];
  const clock = {
    now: () => time,
    after: (_: number, run: () => void) => {
      due.push(run);
      return () => undefined;
    },
  };
  let time = 10_000;
  const gate = new InputGate({
    sender: { role, seat },
    may: (_, right) => rights.includes(right),
    apply: (from, message) => applied.push([from, message]),
    sofa,
    onRefused: ({ count, why }) => refused.push([count, why]),
    hold: on => held.push(on),
    cut: error => cuts.push(error),
    clock,
  });
  const key = encodeInput({ kind: 'key', code: 30, down: true });
  return {
    gate,
    applied,
    refused,
    held,
    cuts,
    key,
    pass: (ms: number) => {
      time += ms;
      for (const run of due.splice(0)) run();
    },
    nextSecond: () => {
      time += 1000;
      gate.accept('keys', key);
    },
  };
}

describe('input gate', () => {
  it('lets a player through as their own seat', () => {
    const { gate, applied, key } = gateFor('player', 2);
    gate.accept('keys', key);
    expect(applied).toEqual([[2, { kind: 'key', code: 30, down: true }]]);
  });

  it('lets nothing of a spectator through, whatever they send', () => {
    const { gate, applied, refused, key, nextSecond } = gateFor('spectator', null);
    for (let i = 0; i < 10; i++) gate.accept('keys', key);
    nextSecond();
    expect(applied).toEqual([]);
    expect(refused).toEqual([[10, 'spectators send no input']]);
  });

  it('asks the right that each kind of input takes, with every right and without', () => {
    for (const message of EACH_KIND) {
      const needs = RIGHT_OF[message.kind];
      for (const right of SEAT_RIGHTS) {
        const alone = gateFor('player', 1, [right]);
        alone.gate.accept(CHANNEL_OF[message.kind], encodeInput(message));
        const passes = needs === null || needs === right;
        expect(alone.applied, `${message.kind} with ${right}`).toEqual(passes ? [[1, message]] : []);
        expect(alone.gate.refused).toBe(passes ? 0 : 1);
        const others = gateFor(
          'player',
          1,
          SEAT_RIGHTS.filter(other => other !== right),
        );
        others.gate.accept(CHANNEL_OF[message.kind], encodeInput(message));
        expect(others.applied, `${message.kind} without ${right}`).toEqual(
          needs === right ? [] : [[1, message]],
        );
      }
    }
  });

  it("lets the pads in a host's other hands play the seats that they have, and nothing else of theirs", () => {
    const plugged: unknown[] = [];
    const seats: Record<number, number> = { 1: 3 };
    // Without the right to their own pad: it is about the others'.
    const { gate, applied, refused, nextSecond } = gateFor('player', 1, ['keyboard'], {
      plug: (...plug) => plugged.push(plug),
      seatOf: hand => seats[hand],
    });
    const padOf = (hand: number): InputMessage => ({
      kind: 'pad',
      hand,
      sequence: 1,
      buttons: 1,
      axes: [0, 0, 0, 0],
      triggers: [0, 0],
    });
    gate.accept('keys', encodeInput({ kind: 'padPlug', hand: 1, plugged: true }));
    expect(plugged).toEqual([[1, true]]);
    for (const hand of [0, 1, 2]) gate.accept('keys', encodeInput(padOf(hand)));
    expect(applied).toEqual([[3, padOf(1)]]);
    delete seats[1];
    gate.accept('keys', encodeInput(padOf(1)));
    expect(applied).toHaveLength(1);
    nextSecond();
    expect(refused).toEqual([[3, 'hand 1 plays no pad']]);
    const guest = gateFor('player', 2);
    guest.gate.accept('keys', encodeInput({ kind: 'padPlug', hand: 1, plugged: true }));
    guest.gate.accept('keys', encodeInput(padOf(1)));
    expect(guest.applied).toEqual([]);
    expect(guest.gate.refused).toBe(2);
  });

  it('goes by the seat and the rights that the sender has at that message', () => {
    const sender: { role: Role; seat: number | null } = { role: 'spectator', seat: null };
    const applied: number[] = [];
    const gate = new InputGate({
      sender,
      may: seat => seat === 2,
      apply: seat => applied.push(seat),
      sofa: NO_SOFA,
      onRefused: () => undefined,
      hold: () => undefined,
      cut: () => undefined,
      clock: { now: () => 0, after: () => () => undefined },
    });
    const key = encodeInput({ kind: 'key', code: 30, down: true });
    gate.accept('keys', key);
    Object.assign(sender, { role: 'player', seat: 2 });
    gate.accept('keys', key);
    sender.seat = 3;
    gate.accept('keys', key);
    expect(applied).toEqual([2]);
    expect(gate.refused).toBe(2);
  });

  it('drops what is malformed or on the wrong channel', () => {
    const { gate, applied, refused, key, nextSecond } = gateFor('player', 1);
    gate.accept('keys', new Uint8Array([99]));
    gate.accept('motion', key);
    expect(applied).toEqual([]);
    nextSecond();
    expect(refused).toEqual([[2, 'key on the channel motion']]);
    expect(applied).toHaveLength(1);
  });

  it('takes the copy of a press whose packet was lost, and the press itself no second time', () => {
    const { gate, applied, key } = gateFor('player', 1);
    const release = encodeInput({ kind: 'key', code: 30, down: false });
    gate.accept('again', encodeRepeat(0, key));
    gate.accept('again', encodeRepeat(1, release));
    gate.accept('keys', key);
    gate.accept('keys', release);
    expect(applied.map(([, message]) => message.kind === 'key' && message.down)).toEqual([true, false]);
    expect(gate.refused).toBe(0);
    gate.accept('again', new Uint8Array([1]));
    gate.accept('again', encodeRepeat(2, encodeInput({ kind: 'motion', dx: 1, dy: 1 })));
    expect(gate.refused).toBe(2);
    expect(applied).toHaveLength(2);
  });

  it('takes so many at once and so many a second, on each channel apart', () => {
    const { gate, applied, key, pass } = gateFor('player', 1);
    const motion = encodeInput({ kind: 'motion', dx: 1, dy: 1 });
    const flood = () => {
      for (let i = 0; i < INPUT_RATES.keys.burst + 100; i++) gate.accept('keys', key);
      return applied.splice(0).length;
    };
    expect(flood()).toBe(INPUT_RATES.keys.burst);
    gate.accept('motion', motion);
    expect(applied.splice(0)).toHaveLength(1);
    pass(100);
    expect(flood()).toBe(INPUT_RATES.keys.perSecond / 10);
    pass(60_000);
    expect(flood()).toBe(INPUT_RATES.keys.burst);
  });

  it('counts text by its characters', () => {
    const { gate, applied, refused, pass, nextSecond } = gateFor('player', 1);
    const text = encodeInput({ kind: 'text', text: '日'.repeat(60) });
    for (let sent = 0; sent < TEXT_RATE.burst + 120; sent += 60) gate.accept('keys', text);
    expect(applied.splice(0)).toHaveLength(TEXT_RATE.burst / 60);
    nextSecond();
    expect(refused).toEqual([[2, 'too much text']]);
    applied.splice(0);
    pass(1000);
    gate.accept('keys', text);
    expect(applied).toHaveLength(1);
  });

  it('holds a flood off, lets go of what it held, and cuts the sender off when it goes on', () => {
    const { gate, applied, held, cuts, key, pass } = gateFor('player', 1);
    const flood = () => {
      for (let i = 0; i < INPUT_RATES.keys.burst + INPUT_FLOOD_PER_S; i++) gate.accept('keys', key);
    };
    flood();
    expect(held).toEqual([true]);
    expect(applied.at(-1)).toEqual([1, { kind: 'releaseAll' }]);
    const before = applied.length;
    for (let i = 0; i < 50_000; i++) gate.accept('motion', key);
    expect(applied).toHaveLength(before);
    for (let second = 1; second < INPUT_FLOOD_SECONDS; second++) {
      expect(cuts).toEqual([]);
      pass(1000);
      expect(held.at(-1)).toBe(false);
      flood();
    }
    expect(cuts.map(error => error.code)).toEqual(['input_flood']);
    pass(60_000);
    flood();
    expect(cuts).toHaveLength(1);
  });

  it('forgives a flood that was long ago', () => {
    const { gate, cuts, key, pass } = gateFor('player', 1);
    for (let minute = 0; minute < 2 * INPUT_FLOOD_SECONDS; minute++) {
      for (let i = 0; i < INPUT_RATES.keys.burst + INPUT_FLOOD_PER_S; i++) gate.accept('keys', key);
      pass(62_000);
    }
    expect(cuts).toEqual([]);
  });

  it('cuts off who keeps sending what is no message, and nobody for a few', () => {
    const { gate, refused, cuts } = gateFor('player', 1);
    for (let i = 1; i < INPUT_MAX_MALFORMED; i++) gate.accept('keys', new Uint8Array([99]));
    expect(cuts).toEqual([]);
    gate.accept('keys', new Uint8Array([7, 0xff]));
    expect(cuts.map(error => error.code)).toEqual(['input_malformed']);
    expect(refused).toHaveLength(1);
    expect(gate.refused).toBe(INPUT_MAX_MALFORMED);
  });
});
