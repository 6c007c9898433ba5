import { beforeEach, expect, it } from 'vitest';
import type { Session } from '../agent/session.ts';
import { type ServingParts, servingNode } from './serving.ts';

const A_SESSION = {} as Session;

let parts: ServingParts & { slots: Array<{ session: Session | undefined }> };
let fullFor: string[];
let takesSessions: boolean;
let now: number;

beforeEach(() => {
  fullFor = [];
  takesSessions = true;
  now = 1_000_000;
  parts = {
    slots: Array.from({ length: 4 }, () => ({ session: undefined })),
    saves: { isIdle: true },
    recordings: { isIdle: true },
    outbox: { size: 0 },
    capacity: { report: () => ({ fullFor, turnedAway: [], cpu: 0, freeCores: 1 }) },
    membership: { reservedUntil: null },
    now: () => now,
    games: 2,
    takesSessions: () => takesSessions,
  };
});

it('holds nothing that would be lost with the machine', () => {
  expect(servingNode(parts).isHeld()).toBe(false);
});

it.each([
  ['a session', { slots: [{ session: undefined }, { session: A_SESSION }] }],
  ['a slot that is reserved', { membership: { reservedUntil: 1_000_001 } }],
  ['a save that is not up', { saves: { isIdle: false } }],
  ['a recording that is not up', { recordings: { isIdle: false } }],
  ['an event that the edge has not taken', { outbox: { size: 1 } }],
])('holds %s', (_, some) => {
  expect(servingNode({ ...parts, ...some }).isHeld()).toBe(true);
});

it('holds a reservation until it lapses, whether or not anything is heard of that', () => {
  const node = servingNode({ ...parts, membership: { reservedUntil: 1_015_000 } });
  now = 1_014_999;
  expect(node.isHeld()).toBe(true);
  now = 1_015_000;
  expect(node.isHeld()).toBe(false);
});

it('is as full as its slots, and full when no game fits any more', () => {
  const node = servingNode(parts);
  expect(node.slotsInUse()).toBe(0);
  parts.slots[2] = { session: A_SESSION };
  expect(node.slotsInUse()).toBe(25);
  fullFor = ['one'];
  expect(node.slotsInUse()).toBe(25);
  fullFor = ['one', 'other'];
  expect(node.slotsInUse()).toBe(100);
});

it('does not count among those that take sessions while it takes none', () => {
  takesSessions = false;
  expect(servingNode(parts).slotsInUse()).toBeUndefined();
});
