import { beforeEach, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { SAY_AGAIN_MS, ScaleInProtection } from './scale-in-protection.ts';

const LINGER_MS = 15_000;

let clock: FakeClock;
let said: boolean[];
/** How many of the next calls fail. */
let failing: number;
let protection: ScaleInProtection;

beforeEach(() => {
  clock = new FakeClock();
  said = [];
  failing = 0;
  protection = new ScaleInProtection({
    protect: async isOn => {
      said.push(isOn);
      if (failing-- > 0) throw new Error('throttled');
    },
    lingerMs: LINGER_MS,
    clock,
    log: createLog('silent', {}),
    random: () => 1,
  });
});

it('is on at once when something is held, and off when nothing was for a while', async () => {
  protection.hold(true);
  await clock.pass(0);
  expect(said).toEqual([true]);
  protection.hold(false);
  await clock.pass(LINGER_MS - 1);
  expect(said).toEqual([true]);
  await clock.pass(1);
  expect(said).toEqual([true, false]);
});

it('costs no call when one session follows another, nor when it is told the same again', async () => {
  protection.hold(true);
  for (let i = 0; i < 10; i++) {
    await clock.pass(1000);
    protection.hold(false);
    protection.hold(false);
    await clock.pass(LINGER_MS - 1000);
    protection.hold(true);
  }
  expect(said).toEqual([true]);
});

it('is said at the start too: an earlier run may have left it on', async () => {
  protection.hold(false);
  await clock.pass(LINGER_MS);
  expect(said).toEqual([false]);
});

it('is tried until the group has it, ever more slowly', async () => {
  failing = 100;
  protection.hold(true);
  await clock.pass(0);
  expect(said).toHaveLength(1);
  await clock.pass(1000 + 2000 + 4000);
  expect(said).toHaveLength(4);
  await clock.pass(10 * 60_000);
  // Once a minute at the most.
  expect(said.length).toBeLessThanOrEqual(4 + 4 + 10);
  failing = 0;
  await clock.pass(60_000);
  const tries = said.length;
  await clock.pass(60_000);
  expect(said).toHaveLength(tries);
  expect(said.every(isOn => isOn)).toBe(true);
});

it('goes by the newest wish when an older one has failed', async () => {
  failing = 1;
  protection.hold(true);
  await clock.pass(0);
  protection.hold(false);
  protection.hold(true);
  await clock.pass(60_000);
  expect(said).toEqual([true, true]);
  failing = 1;
  protection.hold(false);
  await clock.pass(LINGER_MS);
  expect(said.at(-1)).toBe(false);
  protection.hold(true);
  await clock.pass(0);
  // At once, not after the pause of the failure.
  expect(said.at(-1)).toBe(true);
  await clock.pass(60_000);
  expect(said.at(-1)).toBe(true);
});

it('is said again now and then: somebody may have changed it by hand', async () => {
  protection.hold(true);
  await clock.pass(SAY_AGAIN_MS);
  expect(said).toEqual([true, true]);
});

it('is turned off at the end, without waiting, if it may be on', async () => {
  protection.hold(true);
  await clock.pass(0);
  protection.hold(false);
  await protection.release();
  expect(said).toEqual([true, false]);
  await clock.pass(SAY_AGAIN_MS * 2);
  expect(said).toHaveLength(2);
});

it('says nothing more once it is closed', async () => {
  protection.hold(true);
  await clock.pass(0);
  await protection.close();
  protection.hold(false);
  await clock.pass(SAY_AGAIN_MS * 2);
  expect(said).toEqual([true]);
});
