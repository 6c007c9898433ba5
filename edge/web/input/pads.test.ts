import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputMessage } from '#shared/input.ts';
import { decodeInput, encodeInput } from '#shared/input.ts';
import { AXIS_MAX, buttonBit, PAD_AT_REST, type PadState } from '#shared/pads.ts';
import { PadSender } from './pad-sender.ts';
import { padState } from './pad-state.ts';

const button = (pressed: boolean, value = pressed ? 1 : 0) => ({ pressed, value });
const reading = (axes: number[], pressed: number[] = []) => ({
  axes,
  buttons: Array.from({ length: 17 }, (_, index) => button(pressed.includes(index))),
});

describe('a gamepad as the browser reads it', () => {
  it('is named by the standard gamepad', () => {
    const state = padState(reading([1, -1, 0, 0.5], [0, 9, 15, 16]));
    expect(state.buttons).toBe(
      buttonBit('south') | buttonBit('start') | buttonBit('right') | buttonBit('home'),
    );
    expect(state.axes[0]).toBe(AXIS_MAX);
    expect(state.axes[1]).toBe(-AXIS_MAX);
    expect(state.axes[3]).toBeGreaterThan(0.4 * AXIS_MAX);
  });

  it('rests in its middle, and reaches its end in each direction', () => {
    expect(padState(reading([0.1, -0.05, 0, 0])).axes).toEqual([0, 0, 0, 0]);
    expect(padState(reading([-1, 0, 0, 1])).axes).toEqual([-AXIS_MAX, 0, 0, AXIS_MAX]);
    const slow = padState(reading([0.13, 0, 0, 0])).axes[0];
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan(0.05 * AXIS_MAX);
  });

  it('gives analogue triggers, and is read also with fewer buttons and axes', () => {
    const buttons = reading([]).buttons;
    buttons[7] = button(false, 0.5);
    expect(padState({ axes: [], buttons }).triggers).toEqual([0, 128]);
    expect(padState({ axes: [1], buttons: [button(true)] }).buttons).toBe(buttonBit('south'));
    buttons[7] = button(false, Number.NaN);
    expect(padState({ axes: [], buttons }).triggers).toEqual([0, 0]);
  });

  it('never makes what the node would refuse', () => {
    const wild = fc.double({ min: -3, max: 3, noNaN: false });
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 6 }), fc.array(wild, { maxLength: 20 }), (axes, values) => {
        const state = padState({ axes, buttons: values.map(value => ({ pressed: value > 0.5, value })) });
        const message: InputMessage = { kind: 'pad', hand: 0, sequence: 1, ...state };
        expect(decodeInput(encodeInput(message))).toEqual(message);
      }),
    );
  });
});

describe('what a pad sends', () => {
  function sender() {
    const sent: InputMessage[] = [];
    return { sent, pad: new PadSender(0, message => sent.push(message)) };
  }
  const at = (x: number, buttons = 0): PadState => ({ ...PAD_AT_REST, axes: [x, 0, 0, 0], buttons });

  it('is nothing while nothing changes', () => {
    const { sent, pad } = sender();
    for (let now = 0; now < 500; now += 16) pad.show(PAD_AT_REST, now);
    expect(sent).toEqual([]);
  });

  it('says presses and pushes reliably, the way between as it comes, and where a stick stands at last', () => {
    const { sent, pad } = sender();
    pad.show(at(2000), 0);
    pad.show(at(30_000), 16);
    pad.show(at(31_000), 32);
    pad.show(at(31_000, 1), 48);
    pad.show(at(32_000, 1), 64);
    pad.show(at(32_000, 1), 80);
    pad.show(at(32_000, 1), 160);
    pad.show(at(0, 1), 176);
    expect(sent.map(({ kind }) => kind)).toEqual([
      'padAxes',
      'pad',
      'padAxes',
      'pad',
      'padAxes',
      'pad',
      'pad',
    ]);
    expect(sent.map(message => ('sequence' in message ? message.sequence : 0))).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it('starts from rest with each new way to the node', () => {
    const { sent, pad } = sender();
    pad.show(at(0, 1), 0);
    pad.plug(true);
    pad.show(at(0, 1), 16);
    expect(sent.map(({ kind }) => kind)).toEqual(['pad', 'padPlug', 'pad']);
  });
});
