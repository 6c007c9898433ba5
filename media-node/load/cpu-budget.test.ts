import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseManifest } from '#shared/manifest.ts';
import { CostBook } from './cost-book.ts';
import { CpuBudget, type Sample } from './cpu-budget.ts';
import { parsePressure, parseStat } from './machine.ts';

const game = parseManifest(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../games/probe/game.json'), 'utf8')),
);
/** Half a core for the game, and 55 million pixels a second. */
const GUESSED = 0.5 + 55.296 * 0.01;

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nearcade-budget-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** A machine that each second does what it is told. */
async function machineOf(cores: number, name: string) {
  const book = await CostBook.open(join(dir, name));
  const budget = new CpuBudget({ cores, book, enforced: true });
  const sample: Sample & { slots: Array<Sample['slots'][number]> } = {
    at: 0,
    machine: { busy: 0, total: 0, waited: 0 },
    slots: [
      { cpu: 0, session: undefined },
      { cpu: 0, session: undefined },
    ],
    freeMemoryMb: 8000,
  };
  const run = (seconds: number, use: { others?: number; slots?: number[]; waits?: number }) => {
    for (let second = 0; second < seconds; second++) {
      const mine = use.slots ?? [];
      sample.at += 1;
      sample.slots = sample.slots.map((slot, index) => ({
        cpu: slot.cpu + (mine[index] ?? 0),
        session: slot.session && { ...slot.session, seconds: slot.session.seconds + 1 },
      }));
      const { busy, total, waited } = sample.machine;
      sample.machine = {
        busy: busy + (use.others ?? 0) + mine.reduce((sum, cores) => sum + cores, 0),
        total: total + cores,
        waited: (waited ?? 0) + (use.waits ?? 0),
      };
      budget.take({ ...sample, slots: [...sample.slots] });
    }
  };
  const begin = (index: number) => {
    const cpu = sample.slots[index]?.cpu ?? 0;
    sample.slots[index] = { cpu, session: { id: `session ${index}`, manifest: game, seconds: 0 } };
  };
  return { book, budget, sample, run, begin };
}

it('goes by the manifest before there is a measurement, and by what was measured afterwards', async () => {
  const { budget, book, run, begin } = await machineOf(4, 'learns');
  run(2, {});
  expect(budget.free).toBeCloseTo(4 * 0.9, 1);
  expect(book.costOf(game)).toBeCloseTo(GUESSED, 2);
  begin(0);
  run(5, { slots: [0.3] });
  expect(budget.free).toBeCloseTo(4 * 0.9 - GUESSED, 1);
  run(30, { slots: [0.3] });
  expect(book.costOf(game)).toBeCloseTo(0.3, 1);
  expect(budget.costOfSlot(0)).toBeCloseTo(0.3, 1);
  expect(budget.free).toBeCloseTo(4 * 0.9 - 0.3, 1);
  run(10, { slots: [0.9] });
  expect(book.costOf(game)).toBeGreaterThan(0.8);
  run(10, { slots: [0.1] });
  expect(book.costOf(game)).toBeGreaterThan(0.7);
});

it('keeps what was learnt over a restart, and passes over a file that is not ours', async () => {
  const path = join(dir, 'kept');
  const book = await CostBook.open(path);
  book.learn(game, 0.25);
  await book.save();
  expect((await CostBook.open(path)).costOf(game)).toBeCloseTo(0.25);
  expect(await readFile(path, 'utf8')).toContain('probe 1 1280x720@60');
  const { budget } = await machineOf(1, 'kept/not-a-file');
  expect(budget.fits(game)).toBe(true);
});

it('refuses what would be felt: when others use the machine, when sessions fill it, when memory is short', async () => {
  const { budget, sample, run, begin } = await machineOf(2, 'refuses');
  run(2, {});
  expect(budget.fits(game)).toBe(true);
  begin(0);
  run(3, { slots: [0.8] });
  expect(budget.fits(game)).toBe(false);
  expect(() => budget.check(game)).toThrowError(expect.objectContaining({ code: 'node_overloaded' }));

  const other = await machineOf(8, 'others');
  other.run(2, {});
  other.begin(0);
  other.run(5, { slots: [0.5], others: 2 });
  expect(other.budget.fits(game)).toBe(true);
  other.run(10, { slots: [0.5], others: 6.5 });
  expect(other.budget.fits(game)).toBe(false);
  other.run(10, { slots: [0.5] });
  expect(other.budget.fits(game)).toBe(true);

  sample.slots = sample.slots.map(({ cpu }) => ({ cpu, session: undefined }));
  run(10, {});
  expect(budget.fits(game)).toBe(true);
  sample.freeMemoryMb = 100;
  run(1, {});
  expect(budget.fits(game)).toBe(false);
});

it('gives an idle machine its first session however small it is, unless others fill it', async () => {
  const { budget, run } = await machineOf(1, 'small');
  run(3, { others: 0.2 });
  expect(budget.free).toBeLessThan(GUESSED);
  expect(budget.fits(game)).toBe(true);
  run(10, { others: 1, waits: 0.9 });
  expect(budget.overloaded).toBe(true);
  expect(budget.fits(game)).toBe(false);
});

it('reads what the kernel says', () => {
  expect(parseStat('cpu  100 20 30 1000 50 0 10 5 7 0\ncpu0 1 2 3\n')).toEqual({ busy: 1.65, total: 12.15 });
  expect(parsePressure('some avg10=1.00 avg60=0.50 avg300=0.10 total=2500000\nfull total=1\n')).toBe(2.5);
  expect(parsePressure('')).toBeUndefined();
});
