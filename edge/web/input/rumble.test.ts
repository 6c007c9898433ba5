import { expect, it } from 'vitest';
import { Gamepads } from './gamepads.ts';

/** A window with one pad, whose motors note what they are asked. */
function windowWithPad(asked: unknown[]): Window {
  const actuator = {
    playEffect: async (kind: string, effect: unknown) => void asked.push([kind, effect]),
    reset: async () => void asked.push('reset'),
  };
  const pad = {
    id: 'pad',
    index: 0,
    connected: true,
    mapping: 'standard',
    axes: [],
    buttons: [],
    vibrationActuator: actuator,
  };
  return Object.assign(new EventTarget(), {
    navigator: { getGamepads: () => [pad] },
    document: { hasFocus: () => true },
    requestAnimationFrame: () => 1,
    cancelAnimationFrame: () => undefined,
  }) as unknown as Window;
}

it('turns the motors of the pad that plays, for a bounded time, and stops them with the way to the game', () => {
  const asked: unknown[] = [];
  const pads = new Gamepads(windowWithPad(asked), () => undefined);
  pads.rumble({ low: 65_535, high: 0 });
  expect(asked.splice(0)).toEqual(['reset']);
  pads.open();
  pads.rumble({ low: 65_535, high: 0 });
  const effect = { duration: 3_000, strongMagnitude: 1, weakMagnitude: 0 };
  expect(asked.splice(0)).toEqual([['dual-rumble', effect]]);
  pads.rumble({ low: 0, high: 0 });
  pads.rumble({ low: 0, high: 65_535 });
  pads.shut();
  expect(asked).toEqual([
    'reset',
    ['dual-rumble', { ...effect, strongMagnitude: 0, weakMagnitude: 1 }],
    'reset',
  ]);
  pads.close();
});
