import { z } from 'zod';

/** Gamepads of one session: what four players on one screen hold, from pages of their own or from one. Pad n is seat n's. */
export const MAX_PADS = 4;

/** Names of the buttons of a standard gamepad, in its order (W3C Gamepad, "standard gamepad"): index is bit. */
export const PAD_BUTTONS = [
  'south',
  'east',
  'west',
  'north',
  'l1',
  'r1',
  'l2',
  'r2',
  'select',
  'start',
  'l3',
  'r3',
  'up',
  'down',
  'left',
  'right',
  'home',
] as const;
export type PadButton = (typeof PAD_BUTTONS)[number];
export const padButtonSchema = z.enum(PAD_BUTTONS);

/** Sticks, in the order of a standard gamepad; right and down are positive. */
export const PAD_AXES = ['leftX', 'leftY', 'rightX', 'rightY'] as const;

/** What can be pressed on a pad: a button, or a stick pushed one way. */
export const PAD_CONTROLS = [
  ...PAD_BUTTONS,
  ...PAD_AXES.flatMap(axis => [`${axis}-`, `${axis}+`] as const),
] as const;
export type PadControl = (typeof PAD_CONTROLS)[number];
export const padControlSchema = z.enum(PAD_CONTROLS);

/** A stick's full way to one side, and a trigger's. */
export const AXIS_MAX = 32767;
export const TRIGGER_MAX = 255;

export interface PadAxes {
  /** As `PAD_AXES`, each from -AXIS_MAX to AXIS_MAX. */
  axes: readonly [number, number, number, number];
  /** L2 and R2, each from 0 to TRIGGER_MAX. */
  triggers: readonly [number, number];
}

export interface PadState extends PadAxes {
  /** Bit n: `PAD_BUTTONS[n]` is down. */
  buttons: number;
}

export const PAD_AT_REST: PadState = { buttons: 0, axes: [0, 0, 0, 0], triggers: [0, 0] };

/** How strongly a pad's heavy and light motor turn: 0 to RUMBLE_MAX each. */
export interface Rumble {
  low: number;
  high: number;
}

export const RUMBLE_MAX = 65_535;

export const NO_RUMBLE: Rumble = { low: 0, high: 0 };

export function buttonBit(button: PadButton): number {
  return 1 << PAD_BUTTONS.indexOf(button);
}

/** A stick counts as pushed beyond this, and as let go again below the other: so that it does not flutter between. */
export const PUSHED = AXIS_MAX / 2;
export const LET_GO = AXIS_MAX * 0.35;
