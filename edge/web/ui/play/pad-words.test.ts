import { expect, it } from 'vitest';
import { padLines } from './pad-words.ts';

it('says of each pad whom it plays, and how another comes to play', () => {
  const none = { inHand: [], own: 1, seats: [], waiting: 0 };
  expect(padLines(none)).toEqual([]);
  expect(padLines({ ...none, inHand: [0], own: 2 })).toEqual(['Your gamepad plays seat 2']);
  expect(padLines({ inHand: [0, 1, 2], own: 1, seats: [3, null, null], waiting: 1 })).toEqual([
    'Your gamepad plays seat 1',
    'Gamepad 2 plays seat 3',
    'Gamepad 3 waits for a free seat',
    'Press a button of another gamepad to play beside you',
  ]);
});
