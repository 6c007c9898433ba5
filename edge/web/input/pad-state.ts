import { AXIS_MAX, PAD_BUTTONS, type PadState, TRIGGER_MAX } from '#shared/pads.ts';

/** Part of a stick's way that counts as its middle: worn pads rest beside it. */
const DEAD_ZONE = 0.12;

/** Indices of the analogue triggers among the buttons of a standard gamepad. */
const L2 = 6;
const R2 = 7;

/** What of a Gamepad (W3C Gamepad) is read. */
export interface PadReading {
  readonly buttons: readonly { readonly pressed: boolean; readonly value: number }[];
  readonly axes: readonly number[];
}

/**
 * A pad as it goes to the node. Buttons and axes are taken for a standard gamepad's also where the browser does not know the
 * pad: the first buttons and the first stick of most are the same.
 */
export function padState({ buttons, axes }: PadReading): PadState {
  let pressed = 0;
  for (const index of PAD_BUTTONS.keys()) if (buttons[index]?.pressed) pressed |= 1 << index;
  const left = stick(axes[0], axes[1]);
  const right = stick(axes[2], axes[3]);
  // Some driver's NaN is at rest, as it is for a stick.
  const trigger = (index: number) => Math.round(clamp(buttons[index]?.value || 0, 0, 1) * TRIGGER_MAX);
  return {
    buttons: pressed,
    axes: [left.x, left.y, right.x, right.y],
    triggers: [trigger(L2), trigger(R2)],
  };
}

/** The dead zone is round, and the way begins at its edge: so that a slow push in any direction is possible. */
function stick(rawX = 0, rawY = 0): { x: number; y: number } {
  const x = clamp(rawX, -1, 1);
  const y = clamp(rawY, -1, 1);
  const length = Math.hypot(x, y);
  if (!(length > DEAD_ZONE)) return { x: 0, y: 0 };
  const scale = (AXIS_MAX * Math.min(1, (length - DEAD_ZONE) / (1 - DEAD_ZONE))) / Math.min(length, 1);
  return {
    x: Math.round(clamp(x * scale, -AXIS_MAX, AXIS_MAX)) + 0, // -0 is 0
    y: Math.round(clamp(y * scale, -AXIS_MAX, AXIS_MAX)) + 0,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
