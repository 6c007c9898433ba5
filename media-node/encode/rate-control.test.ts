import { describe, expect, it } from 'vitest';
import type { LinkStats } from '../sfu/link-meter.ts';
import { initialRate, nextRate, type RateState } from './rate-control.ts';

const bounds = { min: 500_000, max: 8_000_000 };
const STEP_S = 0.1;
const fine: LinkStats = { estimate: 20e6, fell: false, sent: 0, missing: 0, loss: 0, queueMs: 0, cut: 'no' };

/**
 * A link of `capacity` bits a second with 100 ms of queue, as the SFU sees it while the picture moves: the estimate falls when
 * the queue grows and follows what was sent otherwise, what finds the queue full is missed.
 */
class Link {
  capacity: number;
  #queue = 0;
  #estimate = 20e6;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  step(state: RateState): LinkStats {
    const offered = state.target * 1.12;
    this.#queue = Math.max(0, this.#queue + (offered - this.capacity) * STEP_S);
    const most = this.capacity * 0.1;
    const dropped = Math.max(0, this.#queue - most);
    this.#queue -= dropped;
    const arrived = Math.min(offered, this.capacity);
    const fell = this.#queue > most * 0.4 && offered > this.capacity;
    this.#estimate = fell ? 0.85 * arrived : Math.min(1.5 * arrived, this.#estimate * 1.01);
    const missing = dropped / (offered * STEP_S);
    return { estimate: this.#estimate, fell, sent: offered, missing, loss: 0, queueMs: 0, cut: 'no' };
  }
}

function play(link: Link, from: RateState, seconds: number) {
  const targets: number[] = [];
  let state = from;
  for (let t = 0; t < seconds; t += STEP_S) {
    state = nextRate(state, [link.step(state)], bounds, STEP_S);
    targets.push(state.target);
  }
  return { state, targets };
}

function run(from: RateState, seconds: number, links: (state: RateState) => LinkStats[]): RateState {
  let state = from;
  for (let t = 0; t < seconds; t += STEP_S) state = nextRate(state, links(state), bounds, STEP_S);
  return state;
}

const busy = (state: RateState, change: Partial<LinkStats> = {}): LinkStats => ({
  ...fine,
  sent: state.target,
  ...change,
});
const still: LinkStats = { ...fine, estimate: 300_000, sent: 20_000 };

describe('rate control', () => {
  it('begins at the top and stays there on a good link', () => {
    expect(run(initialRate(bounds), 10, s => [busy(s)]).target).toBe(bounds.max);
  });

  it('gives way within one step, to what arrives', () => {
    const start = initialRate(bounds);
    const next = nextRate(start, [busy(start, { fell: true, estimate: 3.4e6 })], bounds, STEP_S);
    expect(next.target).toBe(3_320_000);
    expect(next.flooded).toEqual([]);
  });

  it('uses four fifths of a link that narrows from 20 to 3 Mbit/s within three seconds, and the old rate again within fifteen of its widening', () => {
    const link = new Link(20e6);
    let { state } = play(link, initialRate(bounds), 10);
    expect(state.target).toBe(bounds.max);
    link.capacity = 3e6;
    let { targets, state: narrow } = play(link, state, 20);
    expect(Math.max(...targets.slice(10))).toBeLessThan(3.3e6);
    const settled = targets.slice(30);
    expect(settled.reduce((sum, target) => sum + target, 0) / settled.length).toBeGreaterThan(0.75 * 3e6);
    expect(Math.min(...settled)).toBeGreaterThan(0.6 * 3e6);
    link.capacity = 20e6;
    ({ targets, state } = play(link, narrow, 15));
    expect(state.target).toBe(bounds.max);
  });

  it('says when the receivers hang, once an event', () => {
    const start = initialRate(bounds);
    const full = busy(start, { missing: 0.5 });
    const flooded = nextRate(start, [busy(start), full], bounds, STEP_S);
    expect(flooded.flooded).toEqual([full]);
    expect(flooded.target).toBeLessThan(bounds.max * 0.6);
    const after = nextRate(flooded, [busy(flooded, { missing: 0.5 })], bounds, STEP_S);
    expect(after).toMatchObject({ flooded: [], target: flooded.target });
  });

  it('takes a grown round trip for a full link', () => {
    const state = run(initialRate(bounds), 8, s => [busy(s, { queueMs: 300 })]);
    expect(state.target).toBeLessThan(bounds.max * 0.5);
  });

  it('does not give way to the loss of a bad link that is not full', () => {
    expect(run(initialRate(bounds), 60, s => [busy(s, { missing: 0.05, loss: 0.05 })]).target).toBe(
      bounds.max,
    );
  });

  it('backs off under heavy loss', () => {
    expect(run(initialRate(bounds), 5, s => [busy(s, { loss: 0.3 })]).target).toBeLessThan(bounds.max * 0.5);
  });

  it('follows the worst of the seated players and nobody else', () => {
    const start = initialRate(bounds);
    const state = nextRate(start, [busy(start), busy(start, { fell: true, estimate: 3e6 })], bounds, STEP_S);
    expect(state.target).toBe(2_929_412);
  });

  it('does not starve a still picture whose estimate nothing has tested', () => {
    expect(run(initialRate(bounds), 60, () => [{ ...still, fell: true }]).target).toBe(bounds.max);
  });

  it('does not climb over a limit that was met while the picture stands still', () => {
    const start = initialRate(bounds);
    const met = nextRate(start, [busy(start, { fell: true, estimate: 2e6 })], bounds, STEP_S);
    const later = run(met, 10, () => [still]);
    expect(later.target).toBeGreaterThanOrEqual(met.target);
    expect(later.target).toBeLessThan(met.target * 1.3);
  });

  it('takes no lost packet of a still picture for a full link', () => {
    expect(run(initialRate(bounds), 10, () => [{ ...still, missing: 0.5, loss: 0.5 }]).target).toBe(
      bounds.max,
    );
  });

  it('keeps within the bounds, also when they change', () => {
    const start = initialRate(bounds);
    const tiny = (s: RateState) => [busy(s, { fell: true, estimate: 10_000 })];
    expect(run(start, 5, tiny).target).toBe(bounds.min);
    expect(nextRate(start, [busy(start)], { min: 300_000, max: 1e6 }, STEP_S).target).toBe(1e6);
  });

  it('holds through a cut, and believes no figure of it until the link has settled', () => {
    const start: RateState = { ...initialRate(bounds), target: 6e6 };
    const cut = run(start, 2, s => [
      busy(s, { cut: 'yes', missing: 0.9, loss: 0.9, queueMs: 900, fell: true }),
    ]);
    expect(cut).toMatchObject({ target: 6e6, flooded: [] });
    const harmed = { missing: 0.9, loss: 0.9, fell: true, estimate: 1e6 };
    const over = nextRate(cut, [busy(cut, { ...harmed, cut: 'over' })], bounds, STEP_S);
    expect(over).toMatchObject({ target: 6e6, flooded: [] });
    expect(run(over, 0.5, s => [busy(s, harmed)])).toMatchObject({ target: 6e6, flooded: [] });
    expect(run(over, 5, s => [busy(s)]).target).toBeGreaterThan(6e6);
  });

  it('holds without any link, and without an estimate', () => {
    const low: RateState = { ...initialRate(bounds), target: 3e6 };
    expect(run(low, 5, () => []).target).toBe(3e6);
    expect(run(low, 5, s => [busy(s, { estimate: undefined })]).target).toBe(3e6);
  });
});
