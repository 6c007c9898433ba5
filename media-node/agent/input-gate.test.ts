import { describe, expect, it } from 'vitest';
import { encodeInput, type InputMessage } from '#shared/input.ts';
import { INPUT_MAX_PER_S } from '#shared/limits.ts';
import type { Role } from '#shared/ticket.ts';
import { InputGate } from './input-gate.ts';

function gateFor(role: Role, seat: number | null) {
  const applied: [number, InputMessage][] = [];
  const refused: [number, string][] = [];
  const clock = { now: () => time, after: () => () => undefined };
  let time = 10_000;
  const gate = new InputGate({
    role,
    seat,
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
