import { describe, expect, it } from 'vitest';
import { WheelNotches } from './wheel.ts';

const y = (deltaY: number, deltaMode = 0) => ({ deltaX: 0, deltaY, deltaMode });

describe('wheel', () => {
  it.each([
    [100, 0, 1],
    [-120, 0, -1],
    [240, 0, 2],
    [3, 1, 1],
    [-6, 1, -2],
    [1, 2, 1],
  ])('reads %d in mode %d as %d notches', (delta, mode, notches) => {
    expect(new WheelNotches().add(y(delta, mode), 0)).toEqual({ dx: 0, dy: notches });
  });

  it('counts each detent of 120 as one, however many follow', () => {
    const wheel = new WheelNotches();
    let notches = 0;
    for (let i = 0; i < 20; i++) notches += wheel.add(y(120), i * 10).dy;
    expect(notches).toBe(20);
  });

  it('adds up the small steps of a touchpad', () => {
    const wheel = new WheelNotches();
    const steps = Array.from({ length: 20 }, (_, i) => wheel.add(y(25), i * 16).dy);
    expect(steps.reduce((sum, step) => sum + step)).toBe(5);
  });

  it('forgets what was left when the direction turns or the gesture is over', () => {
    const wheel = new WheelNotches();
    wheel.add(y(90), 0);
    expect(wheel.add(y(-20), 16).dy).toBe(0);
    expect(wheel.add(y(-85), 32).dy).toBe(-1);
    wheel.add(y(90), 48);
    expect(wheel.add(y(20), 1000).dy).toBe(0);
  });

  it('keeps both axes apart', () => {
    expect(new WheelNotches().add({ deltaX: -100, deltaY: 100, deltaMode: 0 }, 0)).toEqual({
      dx: -1,
      dy: 1,
    });
  });
});
