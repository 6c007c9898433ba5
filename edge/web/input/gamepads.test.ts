import { describe, expect, it } from 'vitest';
import type { InputMessage } from '#shared/input.ts';
import { AXIS_MAX, buttonBit } from '#shared/pads.ts';
import { Gamepads } from './gamepads.ts';

const SOUTH = 0;
const EAST = 1;

/** A page with the pads that the test plugs in, whose motors note what they are asked; `frame` lets it look once. */
function page() {
  const sent: InputMessage[] = [];
  const shaken: unknown[] = [];
  const pads: (ReturnType<typeof pad> | null)[] = [null, null, null, null, null, null];
  let look: (() => void) | undefined;
  const pad = (index: number, mapping = 'standard') => ({
    id: `pad ${index}`,
    index,
    connected: true,
    mapping,
    axes: [0, 0, 0, 0],
    buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })),
    vibrationActuator: {
      playEffect: async (kind: string, effect: unknown) => void shaken.push([index, kind, effect]),
      reset: async () => void shaken.push([index, 'reset']),
    },
  });
  const state = { focus: true };
  const window = Object.assign(new EventTarget(), {
    navigator: { getGamepads: () => pads },
    document: { hasFocus: () => state.focus },
    requestAnimationFrame: (run: () => void) => {
      look = run;
      return 1;
    },
    cancelAnimationFrame: () => {
      look = undefined;
    },
  });
  const gamepads = new Gamepads(window as unknown as Window, message => sent.push(message));
  return {
    gamepads,
    sent,
    shaken,
    state,
    plug(index: number, mapping?: string): void {
      pads[index] = pad(index, mapping);
      window.dispatchEvent(new Event('gamepadconnected'));
    },
    unplug(index: number): void {
      pads[index] = null;
      window.dispatchEvent(new Event('gamepaddisconnected'));
    },
    frame(): void {
      look?.();
    },
    /** Presses or lets go, and lets the page look. */
    press(index: number, button: number, pressed = true): void {
      const found = pads[index]?.buttons[button];
      if (found !== undefined) Object.assign(found, { pressed, value: pressed ? 1 : 0 });
      look?.();
    },
    push(index: number, x: number): void {
      pads[index]?.axes.splice(0, 1, x);
      look?.();
    },
  };
}

const told = (messages: readonly InputMessage[]) =>
  messages.map(message => {
    if (message.kind === 'padPlug') return `${message.hand} ${message.plugged ? 'in' : 'out'}`;
    if (message.kind === 'pad') return `${message.hand} buttons ${message.buttons}`;
    return message.kind;
  });

const south = buttonBit('south');
const east = buttonBit('east');

describe("the player's own gamepad", () => {
  it('plays from when it is there, and is told of with each new way; the next is one whose layout is known', () => {
    const { gamepads, sent, plug, press, unplug } = page();
    plug(0);
    plug(1, '');
    plug(2);
    gamepads.open({ others: false });
    press(0, SOUTH);
    expect(told(sent.splice(0))).toEqual(['0 in', `0 buttons ${south}`]);
    gamepads.shut();
    gamepads.open({ others: false });
    expect(told(sent.splice(0))).toEqual(['0 in', `0 buttons ${south}`]);
    unplug(0);
    press(2, EAST);
    expect(told(sent.splice(0))).toEqual(['0 in', `0 buttons ${east}`]);
    unplug(2);
    unplug(1);
    expect(told(sent.splice(0))).toEqual(['0 in', '0 out']);
    expect(gamepads.inHand.value).toEqual([]);
    gamepads.close();
  });

  it('is the one that is pressed first, whatever was there before; no second one plays for who is not the host', () => {
    const { gamepads, sent, plug, press } = page();
    plug(0);
    plug(1);
    gamepads.open({ others: false });
    press(1, EAST);
    press(0, SOUTH);
    expect(told(sent)).toEqual(['0 in', '0 in', `0 buttons ${east}`]);
    expect(gamepads.inHand.value).toEqual([0]);
    expect(gamepads.waiting.value).toBe(0);
    gamepads.close();
  });
});

describe('gamepads beside the player', () => {
  /** A host with two pads in their hands, of which the second plays seat 2. */
  function sofa() {
    const here = page();
    here.plug(0);
    here.plug(1);
    here.gamepads.open({ others: true });
    here.press(0, SOUTH);
    here.press(0, SOUTH, false);
    here.sent.length = 0;
    expect(here.gamepads.waiting.value).toBe(1);
    here.press(1, EAST);
    here.gamepads.play([2, null, null]);
    return here;
  }

  it('come to a hand with their first press, play from when the node has a seat for them, and stay in that hand', () => {
    const { gamepads, sent, press, plug, unplug, frame } = sofa();
    expect(gamepads.inHand.value).toEqual([0, 1]);
    expect(gamepads.waiting.value).toBe(0);
    frame();
    press(0, SOUTH);
    press(1, EAST, false);
    expect(told(sent.splice(0))).toEqual(['1 in', `1 buttons ${east}`, `0 buttons ${south}`, '1 buttons 0']);
    // Whose pad is gone does not get the other's.
    unplug(0);
    press(1, EAST);
    expect(told(sent.splice(0))).toEqual(['0 out', `1 buttons ${east}`]);
    plug(0);
    press(0, SOUTH);
    expect(told(sent.splice(0))).toEqual(['0 in', `0 buttons ${south}`]);
    gamepads.close();
  });

  it('say nothing without a seat, and what they hold by then when they have another', () => {
    const { gamepads, sent, frame, push } = sofa();
    frame();
    sent.length = 0;
    gamepads.play([null, null, null]);
    push(1, 1);
    expect(sent).toEqual([]);
    gamepads.play([3, null, null]);
    frame();
    expect(sent).toEqual([
      expect.objectContaining({ kind: 'pad', hand: 1, buttons: east, axes: [AXIS_MAX, 0, 0, 0] }),
    ]);
    gamepads.close();
  });

  it('tell the node of all hands with each new way to it, and of none when the player is the host no more', () => {
    const { gamepads, sent, unplug } = sofa();
    unplug(0);
    sent.length = 0;
    gamepads.open({ others: true });
    expect(told(sent.splice(0))).toEqual(['1 in', '2 out', '3 out', `1 buttons ${east}`]);
    gamepads.open({ others: false });
    // The one that is left is the player's own now.
    expect(gamepads.inHand.value).toEqual([0]);
    expect(told(sent)).toEqual(['0 in', `0 buttons ${east}`]);
    gamepads.close();
  });

  it('are all of others when the player plays by keys', () => {
    const { gamepads, sent, press } = sofa();
    sent.length = 0;
    gamepads.setOwn(false);
    expect(gamepads.inHand.value).toEqual([1]);
    press(0, SOUTH);
    expect(gamepads.inHand.value).toEqual([1, 2]);
    expect(told(sent)).toContain('0 out');
    expect(told(sent)).toContain('2 in');
    gamepads.close();
  });

  it('are never more than four, and hear no press that is meant for another window', () => {
    const { gamepads, plug, press, state } = sofa();
    state.focus = false;
    plug(2);
    press(2, SOUTH);
    expect(gamepads.inHand.value).toEqual([0, 1]);
    state.focus = true;
    for (const index of [2, 3, 4, 5]) {
      plug(index);
      press(index, SOUTH);
    }
    expect(gamepads.inHand.value).toEqual([0, 1, 2, 3]);
    gamepads.close();
  });
});

describe('rumble', () => {
  const effect = { duration: 3_000, strongMagnitude: 1, weakMagnitude: 0 };

  it('turns the motors of the pad in that hand, for a bounded time, and stops with the way to the game', () => {
    const { gamepads, shaken, plug, press } = page();
    plug(0);
    plug(1);
    gamepads.rumble(0, { low: 65_535, high: 0 });
    expect(shaken.splice(0)).toEqual([[0, 'reset']]);
    gamepads.open({ others: true });
    gamepads.rumble(0, { low: 65_535, high: 0 });
    expect(shaken.splice(0)).toEqual([[0, 'dual-rumble', effect]]);
    gamepads.rumble(1, { low: 65_535, high: 0 });
    expect(shaken.splice(0)).toEqual([]);
    press(0, SOUTH);
    press(1, SOUTH);
    gamepads.rumble(1, { low: 0, high: 65_535 });
    gamepads.rumble(0, { low: 0, high: 0 });
    expect(shaken.splice(0)).toEqual([
      [1, 'dual-rumble', { ...effect, strongMagnitude: 0, weakMagnitude: 1 }],
      [0, 'reset'],
    ]);
    gamepads.shut();
    expect(shaken).toEqual([
      [0, 'reset'],
      [1, 'reset'],
    ]);
    gamepads.close();
  });

  it('of a seat that somebody has taken stops in the hand that played it', () => {
    const { gamepads, shaken, plug, press } = page();
    plug(0);
    plug(1);
    gamepads.open({ others: true });
    press(0, SOUTH);
    press(1, SOUTH);
    gamepads.play([2, null, null]);
    gamepads.rumble(1, { low: 65_535, high: 0 });
    shaken.length = 0;
    gamepads.play([null, null, null]);
    expect(shaken).toEqual([[1, 'reset']]);
    gamepads.close();
  });
});
