import { NearcadeError } from './errors.ts';

/**
 * Input as it travels in WebRTC data channels: one message a datagram, little endian, first byte its kind.
 *
 * Two channels a seat: `keys` is ordered and reliable (every press and release counts: keys, buttons, wheel, release-all);
 * `motion` is unordered without retransmission (only the newest pointer position matters; relative motion that is
 * lost stays lost, which the hand corrects). Absolute positions carry a sequence so that an older one never overwrites a newer one.
 */
export const INPUT_CHANNELS = ['keys', 'motion'] as const;
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
  | { kind: 'motion'; dx: number; dy: number };

const KIND = { key: 1, button: 2, wheel: 3, releaseAll: 4, pointer: 5, motion: 6 } as const;

/** The channel that each kind travels on; the node refuses it on the other one. */
export const CHANNEL_OF: Record<InputMessage['kind'], InputChannel> = {
  key: 'keys',
  button: 'keys',
  wheel: 'keys',
  releaseAll: 'keys',
  pointer: 'motion',
  motion: 'motion',
};

/** Largest notches and pixels in one message: what one frame of a fast hand can make, and no way to flood X by one message. */
const MAX_WHEEL = 10;
const MAX_MOTION = 4096;
const MAX_BUTTON = 4;

export function encodeInput(message: InputMessage): Uint8Array<ArrayBuffer> {
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
    case 'releaseAll':
      break;
  }
  return bytes;
}

const LENGTH: Record<InputMessage['kind'], number> = {
  key: 4,
  button: 3,
  wheel: 3,
  releaseAll: 1,
  pointer: 7,
  motion: 5,
};

/** Throws `input_malformed` for anything that `encodeInput` would not have made. */
export function decodeInput(bytes: Uint8Array): InputMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kindOf(bytes);
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
    case 'releaseAll':
      return { kind };
  }
}

/** True when sequence `a` is newer than `b`, modulo 65536 (RFC 1982 serial number arithmetic). */
export function isNewer(a: number, b: number): boolean {
  const distance = (a - b) & 0xffff;
  return distance !== 0 && distance < 0x8000;
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

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, Math.round(value)));
}

function malformed(why: string): NearcadeError {
  return new NearcadeError('input_malformed', `Input message refused: ${why}`);
}
