import { describe, expect, it } from 'vitest';
import { PLAYABLE_RTT_MS, placementOf, UNKNOWN_REGION_MS, UNUSABLE_MS } from './placement.ts';

const BERLIN = { latitude: '52.5', longitude: '13.4' };
const load = (cpu: number) => ({ cpu, sessions: 1, viewers: 1 });

describe('placement', () => {
  it('knows nothing of regions without measurements and a place', () => {
    expect(placementOf({}, {})).toEqual({ regionCosts: {}, loadCosts: {} });
    expect(placementOf({ place: { latitude: 'x' } }, {}).regionCosts).toEqual({});
  });

  it('estimates round trips by distance', () => {
    const { regionCosts } = placementOf({ place: BERLIN }, {});
    const nearest = Object.entries(regionCosts).sort((a, b) => a[1] - b[1]);
    expect(nearest[0]?.[0]).toBe('eu-central-1');
    expect(nearest[0]?.[1]).toBeLessThan(20);
    expect(regionCosts['us-east-1']).toBeGreaterThan(80);
    expect(regionCosts['us-east-1']).toBeLessThan(UNKNOWN_REGION_MS);
    expect(regionCosts['ap-southeast-2']).toBeGreaterThan(UNKNOWN_REGION_MS);
  });

  it('believes what was measured more than what it estimates', () => {
    const { regionCosts } = placementOf({ place: BERLIN, rtts: { 'eu-central-1': 90, 'eu-west-3': 25 } }, {});
    expect(regionCosts).toMatchObject({ 'eu-central-1': 90, 'eu-west-3': 25 });
    expect(regionCosts['eu-north-1']).toBeGreaterThan(0);
  });

  it('puts the wanted region first, wherever it is', () => {
    const { regionCosts } = placementOf({ region: 'far', place: BERLIN, rtts: { far: 900, near: 3 } }, {});
    expect(regionCosts).toMatchObject({ far: 0, near: 3 });
  });

  it('uses no region that is too slow to play in, unless there is nothing better', () => {
    const slow = PLAYABLE_RTT_MS + 1;
    expect(placementOf({ rtts: { near: 20, far: slow } }, {}).regionCosts).toEqual({
      near: 20,
      far: UNUSABLE_MS,
    });
    expect(placementOf({ rtts: { far: slow } }, {}).regionCosts).toEqual({ far: slow });
  });

  it('adds to a node what its load costs, from half of it on', () => {
    const { loadCosts } = placementOf(
      {},
      { idle: load(0.1), half: load(0.5), busy: load(0.75), full: load(1) },
    );
    expect(loadCosts).toEqual({ busy: 30, full: 60 });
  });
});
