import { describe, expect, it } from 'vitest';
import { CHANNEL_OF, encodeInput, type InputMessage } from '#shared/input.ts';
import { INPUT_MAX_PER_S } from '#shared/limits.ts';
import { RIGHT_OF, SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';
import type { Role } from '#shared/ticket.ts';
import { InputGate } from './input-gate.ts';

/** A message of each kind that the wire format has. */
const EACH_KIND: readonly InputMessage[] = [
  { kind: 'key', code: 30, down: true },
  { kind: 'button', button: 0, down: true },
  { kind: 'wheel', dx: 0, dy: 1 },
  { kind: 'releaseAll' },
  { kind: 'pointer', x: 1, y: 2, sequence: 3 },
  { kind: 'motion', dx: 4, dy: 5 },
];

function gateFor(role: Role, seat: number | null, rights: readonly SeatRight[] = SEAT_RIGHTS) {
  const applied: [number, InputMessage][] = [];
  const refused: [number, string][] = [];
  const clock = { now: () => time, after: () => () => undefined };
  let time = 10_000;
  const gate = new InputGate({
    sender: { role, seat },
    may: (_, right) => rights.includes(right),
    apply: (from, message) => applied.push([from, message]),
    onRefused: (count, why) => refused.push([count, why]),
    clock,
  });
  const key = encodeInput({ kind: 'key', code: 30, down: true });
  return {
    gate,
    applied,
    refused,
    key,
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

  it('goes by the seat and the rights that the sender has at that message', () => {
    const sender: { role: Role; seat: number | null } = { role: 'spectator', seat: null };
    const applied: number[] = [];
    const gate = new InputGate({
      sender,
      may: seat => seat === 2,
      apply: seat => applied.push(seat),
      onRefused: () => undefined,
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

  it('bounds a flood and forgives it a second later', () => {
    const { gate, applied, refused, key, nextSecond } = gateFor('player', 1);
    for (let i = 0; i < INPUT_MAX_PER_S + 100; i++) gate.accept('keys', key);
    expect(applied).toHaveLength(INPUT_MAX_PER_S);
    nextSecond();
    expect(refused).toEqual([[100, 'too many messages']]);
    expect(applied).toHaveLength(INPUT_MAX_PER_S + 1);
  });
});
