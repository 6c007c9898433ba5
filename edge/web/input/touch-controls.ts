import type { TouchControls } from '#shared/manifest-input.ts';
import type { Welcome } from '#shared/signal.ts';

/** What moves something in most games, in the order in which it is looked for. */
const DIRECTIONS = [
  { up: 'ArrowUp', down: 'ArrowDown', left: 'ArrowLeft', right: 'ArrowRight' },
  { up: 'KeyW', down: 'KeyS', left: 'KeyA', right: 'KeyD' },
] as const;

/** What two thumbs reach beside the cross. */
const MOST_BUTTONS = 6;

/** Short names of keys; the others are called by what is on them. */
const LABELS: Readonly<Record<string, string>> = {
  Space: 'Space',
  Enter: 'Enter',
  Escape: 'Esc',
  ControlLeft: 'Ctrl',
  ControlRight: 'Ctrl',
  ShiftLeft: 'Shift',
  ShiftRight: 'Shift',
  AltLeft: 'Alt',
  AltRight: 'Alt',
  Backspace: 'Back',
};

/**
 * The controls that lie on a touch screen for this seat: what the game's manifest says, as far as the seat has the keys, or what
 * follows from the seat's keys. Null where the game is played by touching its picture, or needs a whole keyboard.
 */
export function touchControls({ role, keys, touch, pointer }: Welcome): TouchControls | null {
  if (role !== 'player') return null;
  const has = (code: string) => keys === null || keys.includes(code);
  if (touch !== null) {
    const { directions, buttons } = touch;
    return {
      directions: directions !== null && Object.values(directions).every(has) ? directions : null,
      buttons: buttons.filter(({ press }) => has(press)),
    };
  }
  if (keys === null || keys.length === 0) {
    return pointer === 'absolute' ? null : { directions: DIRECTIONS[0], buttons: WHOLE_KEYBOARD };
  }
  const directions = DIRECTIONS.find(codes => Object.values(codes).every(has)) ?? null;
  const moving = new Set<string>(DIRECTIONS.flatMap(codes => Object.values(codes)));
  const others = keys.filter(code => directions === null || !moving.has(code)).slice(0, MOST_BUTTONS);
  return { directions, buttons: others.map(press => ({ label: labelOf(press), press })) };
}

/** For a game of which nothing is known but that it takes every key. */
const WHOLE_KEYBOARD = ['Space', 'Enter', 'ControlLeft', 'Escape'].map(press => ({
  label: labelOf(press),
  press,
}));

function labelOf(code: string): string {
  return LABELS[code] ?? code.replace(/^(Key|Digit|Arrow|Numpad)/, '');
}

/** Directions that a thumb at this distance from the middle of the cross presses; none in its middle. Eight ways. */
export function directionsAt(dx: number, dy: number, radius: number): ('up' | 'down' | 'left' | 'right')[] {
  if (Math.hypot(dx, dy) < radius * 0.25) return [];
  const pressed: ('up' | 'down' | 'left' | 'right')[] = [];
  // A direction holds for the 135 degrees around it, so that two meet in each diagonal of 45.
  const reach = Math.tan(Math.PI / 8);
  if (Math.abs(dx) > Math.abs(dy) * reach) pressed.push(dx < 0 ? 'left' : 'right');
  if (Math.abs(dy) > Math.abs(dx) * reach) pressed.push(dy < 0 ? 'up' : 'down');
  return pressed;
}
