import { describe, expect, it } from 'vitest';
import type { Welcome } from '#shared/signal.ts';
import { directionsAt, touchControls } from './touch-controls.ts';

const seat = (change: Partial<Welcome>): Welcome =>
  ({ role: 'player', keys: null, touch: null, pointer: 'none', ...change }) as Welcome;

describe('controls on a touch screen', () => {
  it('are the manifest’s, as far as the seat has the keys', () => {
    const directions = { up: 'ArrowUp', down: 'ArrowDown', left: 'ArrowLeft', right: 'ArrowRight' };
    const touch = {
      directions,
      buttons: [
        { label: 'Bomb', press: 'KeyX' },
        { label: 'Pause', press: 'KeyP' },
      ],
    };
    const all = [...Object.values(directions), 'KeyX', 'KeyP'];
    expect(touchControls(seat({ touch, keys: all }))).toEqual(touch);
    expect(touchControls(seat({ touch, keys: ['KeyX'] }))).toEqual({
      directions: null,
      buttons: [{ label: 'Bomb', press: 'KeyX' }],
    });
  });

  it('follow from the seat’s keys otherwise', () => {
    expect(touchControls(seat({ keys: ['KeyW', 'KeyA', 'KeyS', 'KeyD', 'Space', 'KeyE'] }))).toEqual({
      directions: { up: 'KeyW', down: 'KeyS', left: 'KeyA', right: 'KeyD' },
      buttons: [
        { label: 'Space', press: 'Space' },
        { label: 'E', press: 'KeyE' },
      ],
    });
  });

  it('are none for spectators, and where the picture itself is touched', () => {
    expect(touchControls(seat({ role: 'spectator' }))).toBeNull();
    expect(touchControls(seat({ pointer: 'absolute' }))).toBeNull();
    expect(touchControls(seat({ pointer: 'relative' }))?.directions).not.toBeNull();
  });

  it.each([
    [0, 0, []],
    [5, 5, []],
    [60, 0, ['right']],
    [-60, 10, ['left']],
    [0, -60, ['up']],
    [40, 40, ['right', 'down']],
    [-40, -45, ['left', 'up']],
  ] as const)('press by where the thumb is: %d, %d', (dx, dy, expected) => {
    expect(directionsAt(dx, dy, 60)).toEqual(expected);
  });
});
