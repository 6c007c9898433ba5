import { beforeEach, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { Departure, LAST_WORDS_MS } from './departure.ts';

const GRACE_MS = 300_000;

let clock: FakeClock;
let departure: Departure;
let told: number[];
let isTimeUp: boolean;

beforeEach(() => {
  clock = new FakeClock();
  departure = new Departure({ graceMs: GRACE_MS, clock, log: createLog('silent', {}) });
  told = [];
  isTimeUp = false;
  departure.onDeadline(deadline => told.push(deadline));
  void departure.timeUp.then(() => {
    isTimeUp = true;
  });
});

it('is off until the first notice', async () => {
  await clock.pass(GRACE_MS * 2);
  expect(departure.isOn).toBe(false);
  expect(told).toEqual([]);
  expect(isTimeUp).toBe(false);
});

it.each([
  ['signal', false],
  ['lifecycle_hook', true],
] as const)(
  '%s: players get the whole grace; the same notice again changes nothing',
  async (kind, takesDisk) => {
    departure.note({ kind });
    await clock.pass(1000);
    departure.note({ kind });
    expect(told).toEqual([GRACE_MS]);
    expect(departure.takesDisk).toBe(takesDisk);
    await clock.pass(GRACE_MS - 1001);
    expect(isTimeUp).toBe(false);
    await clock.pass(1);
    expect(isTimeUp).toBe(true);
  },
);

it('a machine that is taken back: what the notice says, less the time for the last saves', async () => {
  departure.note({ kind: 'spot', goneAt: 120_000 });
  expect(told).toEqual([120_000 - LAST_WORDS_MS]);
  expect(departure.goneAt).toBe(120_000);
  expect(departure.takesDisk).toBe(true);
  await clock.pass(120_000 - LAST_WORDS_MS);
  expect(isTimeUp).toBe(true);
});

it('a notice that comes when there is hardly time left ends what plays at once', async () => {
  departure.note({ kind: 'spot', goneAt: 5000 });
  expect(told).toEqual([0]);
  await clock.pass(0);
  expect(isTimeUp).toBe(true);
});

it.each([[['signal', 'spot']], [['spot', 'signal']], [['lifecycle_hook', 'spot', 'signal']]] as const)(
  'the shortest of %s holds, and a nearer one is told',
  async kinds => {
    for (const kind of kinds) departure.note(kind === 'spot' ? { kind, goneAt: 120_000 } : { kind });
    expect(told.at(-1)).toBe(120_000 - LAST_WORDS_MS);
    expect(told).toEqual([...told].sort((a, b) => b - a));
    await clock.pass(120_000 - LAST_WORDS_MS);
    expect(isTimeUp).toBe(true);
  },
);

it('a second signal does not wait for anybody', async () => {
  departure.note({ kind: 'signal' });
  await clock.pass(1000);
  departure.note({ kind: 'hurry' });
  await clock.pass(0);
  expect(isTimeUp).toBe(true);
  await departure.hurried;
});

it('who asks late is told too', () => {
  departure.note({ kind: 'signal' });
  const late: number[] = [];
  departure.onDeadline(deadline => late.push(deadline));
  expect(late).toEqual([GRACE_MS]);
});
