import { expect, it } from 'vitest';
import { NO_RUMBLE } from '#shared/pads.ts';
import { serverMessageSchema } from '#shared/signal.ts';
import { SessionView } from './session-view.ts';
import type { Notice } from './signal-client.ts';

const notice = (message: unknown) => serverMessageSchema.parse(message) as Notice;

it('knows how each pad shakes and whom it plays, as long as there is a link', () => {
  const view = new SessionView();
  view.hear(notice({ type: 'pads', seats: [2, null, null] }));
  view.hear(notice({ type: 'rumble', hand: 1, low: 7, high: 9 }));
  const [own, other] = view.rumbles.value;
  expect(own).toEqual(NO_RUMBLE);
  expect(other).toEqual({ low: 7, high: 9 });
  // Said again: a new effect of that hand alone.
  view.hear(notice({ type: 'rumble', hand: 1, low: 7, high: 9 }));
  expect(view.rumbles.value[0]).toBe(own);
  expect(view.rumbles.value[1]).not.toBe(other);
  expect(view.padSeats.value).toEqual([2, null, null]);
  view.linkDropped();
  expect(view.rumbles.value).toEqual([NO_RUMBLE, NO_RUMBLE, NO_RUMBLE, NO_RUMBLE]);
  expect(view.padSeats.value).toEqual([]);
});
