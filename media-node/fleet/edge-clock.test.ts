import { describe, expect, it } from 'vitest';
import { EdgeClock } from './edge-clock.ts';

describe("the edge's clock", () => {
  it("is the machine's own until the edge was heard, then the edge's, whatever the skew", () => {
    let local = 1_000_000;
    const clock = new EdgeClock(() => local);
    expect(clock.now()).toBe(1_000_000);
    const sentAt = clock.local();
    local += 100;
    clock.note(1_060_050, sentAt);
    expect(clock.now()).toBe(1_060_100);
    expect(clock.startedAt()).toBe(1_060_000);
    local += 5000;
    expect(clock.now()).toBe(1_065_100);
  });
});
