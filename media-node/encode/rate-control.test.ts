import { describe, expect, it } from 'vitest';
import type { LinkStats } from '../sfu/viewer.ts';
import { initialRate, nextRate, type RateState } from './rate-control.ts';

const bounds = { min: 500_000, max: 8_000_000 };
const STEP_S = 0.25;

/** Links as they look while the encoder sends what it may. */
const busy = (estimate: number, state: RateState): LinkStats => ({
  estimate,
  sent: Math.min(state.target, estimate),
  loss: 0,
});
/** Links while the picture stands still. */
const still = (estimate: number): LinkStats => ({ estimate, sent: 20_000, loss: 0 });

function run(state: RateState, seconds: number, links: (state: RateState) => LinkStats[]): RateState {
  let now = state;
  for (let t = 0; t < seconds; t += STEP_S) now = nextRate(now, links(now), bounds, STEP_S);
  return now;
}

describe('rate control', () => {
  it('begins at the top and stays there on a good link', () => {
    expect(run(initialRate(bounds), 10, s => [busy(20e6, s)]).target).toBe(bounds.max);
  });

  it('gives way within one step', () => {
    const next = nextRate(initialRate(bounds), [{ estimate: 2e6, sent: 2e6, loss: 0 }], bounds, STEP_S);
    expect(next.target).toBe(1_700_000);
  });

  it('comes back slowly', () => {
    const low = run(initialRate(bounds), 1, s => [busy(2e6, s)]);
    const soon = run(low, 1, s => [busy(20e6, s)]);
    expect(soon.target).toBeGreaterThan(low.target);
    expect(soon.target).toBeLessThan(low.target * 1.3);
    expect(run(low, 60, s => [busy(20e6, s)]).target).toBe(bounds.max);
  });

  it('follows the worst of the seated players and nobody else', () => {
    const state = run(initialRate(bounds), 2, s => [busy(20e6, s), busy(3e6, s)]);
    expect(state.target).toBe(2_550_000);
  });

  it('does not starve a still picture whose estimate nothing has tested', () => {
    expect(run(initialRate(bounds), 60, () => [still(300_000)]).target).toBe(bounds.max);
  });

  it('does not climb over a limit that was met while the picture stands still', () => {
    const met = run(initialRate(bounds), 1, s => [busy(2e6, s)]);
    const later = run(met, 10, () => [still(300_000)]);
    expect(later.target).toBeGreaterThanOrEqual(met.target);
    expect(later.target).toBeLessThan(met.target * 1.3);
  });

  it('backs off under heavy loss', () => {
    const state = run(initialRate(bounds), 2, s => [{ ...busy(20e6, s), loss: 0.2 }]);
    expect(state.target).toBeLessThan(bounds.max * 0.8);
  });

  it('takes no lost packet of a still picture for a full link', () => {
    const state = run(initialRate(bounds), 10, () => [{ ...still(300_000), loss: 0.5 }]);
    expect(state.target).toBe(bounds.max);
  });

  it('keeps within the bounds of the game', () => {
    expect(run(initialRate(bounds), 5, s => [busy(10_000, s)]).target).toBe(bounds.min);
  });

  it('holds without any estimate', () => {
    expect(run({ target: 3e6, ceiling: Infinity }, 5, () => []).target).toBe(3e6);
  });
});
