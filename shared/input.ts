import { NearcadeError } from './errors.ts';
import { AXIS_MAX, MAX_PADS, PAD_BUTTONS, type PadAxes, type PadState } from './pads.ts';

/**
 * Input as it travels in WebRTC data channels: one message a datagram, little endian, first byte its kind.
 *
 * Two channels a seat: `keys` is ordered and reliable (every press and release counts: keys, buttons, wheel, text, pads,
 * release-all); `motion` is unordered without retransmission (only the newest pointer position matters; relative motion that is
 * lost stays lost, which the hand corrects). Absolute positions carry a sequence so that an older one never overwrites a newer one.
 *
 * A pad's whole state goes over `keys` whenever a button changes, a stick crosses its half way or everything has come to rest;
 * in between its sticks and triggers alone go over `motion`. Both share one sequence and buttons are in the reliable message
 * only: a lost packet loses no press and leaves no stick pushed, and no old position overwrites a newer one.
 *
 * A page may have several pads, each in a hand of its own: hand 0 is the player's and plays their seat's pad, the others are those of
 * who sits beside them. Which seats' pads those play is the node's to say (`pads` in shared/signal.ts), message by message.
 *
 * A third channel, `again`, unordered without retransmission, carries what `keys` carries a second time (shared/input-repeats.ts).
 */
export const INPUT_CHANNELS = ['keys', 'motion', 'again'] as const;
export type InputChannel = (typeof INPUT_CHANNELS)[number];

/** Mouse buttons as in MouseEvent.button (W3C UI Events): 0 main, 1 middle, 2 secondary, 3 back, 4 forward. */
export type InputMessage =
  | { kind: 'key'; code: number; down: boolean }
  | { kind: 'button'; button: number; down: boolean }
  /** Wheel notches; positive is down and right, as WheelEvent's deltas. */
  | { kind: 'wheel'; dx: number; dy: number }
  | { kind: 'releaseAll' }
  /** x and y from 0 to 65535 across the picture; sequence is modulo 65536. */
  | { kind: 'pointer'; x: number; y: number; sequence: number }
  /** Pixels of the game's picture. */
  | { kind: 'motion'; dx: number; dy: number }
  /** Typed or composed, not pressed: what a key of no keyboard says. Newline and tab are those keys. */
  | { kind: 'text'; text: string }
  /** `hand`: 0 to MAX_PADS - 1; sequence is modulo 65536, the hand's own, shared with `padAxes`. */
  | ({ kind: 'pad'; hand: number; sequence: number } & PadState)
  | ({ kind: 'padAxes'; hand: number; sequence: number } & PadAxes)
  /** The hand's pad was connected, or taken away. */
  | { kind: 'padPlug'; hand: number; plugged: boolean };

export type PadMessage = Extract<InputMessage, { hand: number }>;

const KIND = {
  key: 1,
  button: 2,
  wheel: 3,
  releaseAll: 4,
  pointer: 5,
  motion: 6,
  text: 7,
  pad: 8,
  padAxes: 9,
  padPlug: 10,
} as const;

/** The channel that each kind travels on; the node refuses it on the other one. */
export const CHANNEL_OF: Record<InputMessage['kind'], InputChannel> = {
  key: 'keys',
  button: 'keys',
  wheel: 'keys',
  releaseAll: 'keys',
  pointer: 'motion',
  motion: 'motion',
  text: 'keys',
  pad: 'keys',
  padAxes: 'motion',
  padPlug: 'keys',
};

/** Largest notches and pixels in one message: what one frame of a fast hand can make, and no way to flood X by one message. */
const MAX_WHEEL = 10;
const MAX_MOTION = 4096;
const MAX_BUTTON = 4;

/** Bytes of text in one message, in UTF-8: the longest that an input method commits in one go is a sentence. */
export const MAX_TEXT_BYTES = 192;

/** Bytes of the longest message. */
export const MAX_INPUT_BYTES = 1 + MAX_TEXT_BYTES;

const ALL_PAD_BUTTONS = (1 << PAD_BUTTONS.length) - 1;

/** What is no text: control characters, but for tab and newline. */
const CONTROLS = /[^\P{Cc}\t\n]/u;

/** Throws `input_malformed` for text that is empty, too long or holds control characters; `textParts` makes what fits. */
export function encodeInput(message: InputMessage): Uint8Array<ArrayBuffer> {
  if (message.kind === 'text') return encodeText(message.text);
  const bytes = new Uint8Array(LENGTH[message.kind]);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KIND[message.kind]);
  switch (message.kind) {
    case 'key':
      view.setUint8(1, message.down ? 1 : 0);
      view.setUint16(2, message.code, true);
      break;
    case 'button':
      view.setUint8(1, message.down ? 1 : 0);
      view.setUint8(2, message.button);
      break;
    case 'wheel':
      view.setInt8(1, clamp(message.dx, MAX_WHEEL));
      view.setInt8(2, clamp(message.dy, MAX_WHEEL));
      break;
    case 'pointer':
      view.setUint16(1, message.x, true);
      view.setUint16(3, message.y, true);
      view.setUint16(5, message.sequence & 0xffff, true);
      break;
    case 'motion':
      view.setInt16(1, clamp(message.dx, MAX_MOTION), true);
      view.setInt16(3, clamp(message.dy, MAX_MOTION), true);
      break;
    case 'pad':
      view.setUint8(1, message.hand);
      view.setUint16(2, message.sequence & 0xffff, true);
      putAxes(view, 4, message);
      view.setUint32(14, message.buttons & ALL_PAD_BUTTONS, true);
      break;
    case 'padAxes':
      view.setUint8(1, message.hand);
      view.setUint16(2, message.sequence & 0xffff, true);
      putAxes(view, 4, message);
      break;
    case 'padPlug':
      view.setUint8(1, message.hand);
      view.setUint8(2, message.plugged ? 1 : 0);
      break;
    case 'releaseAll':
      break;
  }
  return bytes;
}

/** `text` in pieces that each fit into one message, without what is no text. */
export function textParts(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const character of text.replaceAll(/\r\n?/g, '\n')) {
    if (CONTROLS.test(character)) continue;
    const length = new TextEncoder().encode(character).byteLength;
    if (size + length > MAX_TEXT_BYTES) {
      parts.push(part);
      part = '';
      size = 0;
    }
    part += character;
    size += length;
  }
  return part === '' ? parts : [...parts, part];
}

const LENGTH: Record<Exclude<InputMessage['kind'], 'text'>, number> = {
  key: 4,
  button: 3,
  wheel: 3,
  releaseAll: 1,
  pointer: 7,
  motion: 5,
  pad: 18,
  padAxes: 14,
  padPlug: 3,
};

/** Throws `input_malformed` for anything that `encodeInput` would not have made. */
export function decodeInput(bytes: Uint8Array): InputMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kindOf(bytes);
  if (kind === 'text') return { kind, text: decodeText(bytes.subarray(1)) };
  if (bytes.byteLength !== LENGTH[kind]) throw malformed(`${kind} has ${bytes.byteLength} bytes`);
  switch (kind) {
    case 'key':
      return { kind, down: flag(view.getUint8(1)), code: view.getUint16(2, true) };
    case 'button':
      return { kind, down: flag(view.getUint8(1)), button: within(view.getUint8(2), MAX_BUTTON) };
    case 'wheel':
      return { kind, dx: within(view.getInt8(1), MAX_WHEEL), dy: within(view.getInt8(2), MAX_WHEEL) };
    case 'pointer':
      return {
        kind,
        x: view.getUint16(1, true),
        y: view.getUint16(3, true),
        sequence: view.getUint16(5, true),
      };
    case 'motion':
      return {
        kind,
        dx: within(view.getInt16(1, true), MAX_MOTION),
        dy: within(view.getInt16(3, true), MAX_MOTION),
      };
    case 'pad':
      return {
        kind,
        hand: handAt(view),
        sequence: view.getUint16(2, true),
        ...axesAt(view, 4),
        buttons: upTo(view.getUint32(14, true), ALL_PAD_BUTTONS),
      };
    case 'padAxes':
      return { kind, hand: handAt(view), sequence: view.getUint16(2, true), ...axesAt(view, 4) };
    case 'padPlug':
      return { kind, hand: handAt(view), plugged: flag(view.getUint8(2)) };
    case 'releaseAll':
      return { kind };
  }
}

/** True when sequence `a` is newer than `b`, modulo 65536 (RFC 1982 serial number arithmetic). */
export function isNewer(a: number, b: number): boolean {
  const distance = (a - b) & 0xffff;
  return distance !== 0 && distance < 0x8000;
}

function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder().encode(text);
  checkText(text, utf8.byteLength);
  const bytes = new Uint8Array(1 + utf8.byteLength);
  bytes[0] = KIND.text;
  bytes.set(utf8, 1);
  return bytes;
}

function decodeText(utf8: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8);
  } catch {
    throw malformed('the text is not UTF-8');
  }
  checkText(text, utf8.byteLength);
  return text;
}

function checkText(text: string, size: number): void {
  if (size === 0 || size > MAX_TEXT_BYTES) throw malformed(`a text of ${size} bytes`);
  if (CONTROLS.test(text)) throw malformed('a control character in the text');
}

function putAxes(view: DataView, at: number, { axes, triggers }: PadAxes): void {
  for (const [index, axis] of axes.entries()) view.setInt16(at + 2 * index, clamp(axis, AXIS_MAX), true);
  view.setUint8(at + 8, triggers[0]);
  view.setUint8(at + 9, triggers[1]);
}

function axesAt(view: DataView, at: number): PadAxes {
  const axis = (index: number) => within(view.getInt16(at + 2 * index, true), AXIS_MAX);
  return {
    axes: [axis(0), axis(1), axis(2), axis(3)],
    triggers: [view.getUint8(at + 8), view.getUint8(at + 9)],
  };
}

function handAt(view: DataView): number {
  return upTo(view.getUint8(1), MAX_PADS - 1);
}

function kindOf(bytes: Uint8Array): InputMessage['kind'] {
  for (const [kind, value] of Object.entries(KIND)) {
    if (value === bytes[0]) return kind as InputMessage['kind'];
  }
  throw malformed(bytes.byteLength === 0 ? 'it is empty' : `no kind ${bytes[0]}`);
}

function flag(value: number): boolean {
  if (value > 1) throw malformed('neither pressed nor released');
  return value === 1;
}

function within(value: number, limit: number): number {
  if (Math.abs(value) > limit) throw malformed(`${value} is out of bounds`);
  return value;
}

function upTo(value: number, limit: number): number {
  if (value > limit) throw malformed(`${value} is out of bounds`);
  return value;
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, Math.round(value)));
}

function malformed(why: string): NearcadeError {
  return new NearcadeError('input_malformed', `Input message refused: ${why}`);
}
