/**
 * Physical keys: KeyboardEvent.code (W3C UI Events code values) to the evdev code of Linux's input-event-codes.h.
 * X11's keycode of the same key is the evdev code + 8. Physical, so the game sees the position whatever the layout.
 */
export const EVDEV_OF_CODE: Readonly<Record<string, number>> = {
  Escape: 1,
  ...row(
    2,
    'Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab',
  ),
  ...row(16, 'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft'),
  ...row(30, 'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash'),
  ...row(
    44,
    'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock',
  ),
  ...row(59, 'F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock'),
  ...row(
    71,
    'Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0',
  ),
  NumpadDecimal: 83,
  IntlBackslash: 86,
  F11: 87,
  F12: 88,
  IntlRo: 89,
  Convert: 92,
  KanaMode: 93,
  NonConvert: 94,
  ...row(96, 'NumpadEnter ControlRight NumpadDivide PrintScreen AltRight'),
  ...row(102, 'Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete'),
  NumpadEqual: 117,
  Pause: 119,
  NumpadComma: 121,
  Lang1: 122,
  Lang2: 123,
  IntlYen: 124,
  MetaLeft: 125,
  MetaRight: 126,
  ContextMenu: 127,
};

const CODE_OF_EVDEV: ReadonlyMap<number, string> = new Map(
  Object.entries(EVDEV_OF_CODE).map(([code, evdev]) => [evdev, code]),
);

/** The KeyboardEvent.code of an evdev code, or undefined when no such key is known. */
export function codeOfEvdev(evdev: number): string | undefined {
  return CODE_OF_EVDEV.get(evdev);
}

/** X11 numbers keys eight above evdev (xkeyboard-config, keycodes/evdev). */
export const X11_KEYCODE_OFFSET = 8;

function row(first: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code, index) => [code, first + index]));
}
