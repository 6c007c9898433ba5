import { MAX_PADS, PAD_AT_REST, type PadState, type Rumble } from '#shared/pads.ts';

export const PAD_RECORD_BYTES = 20;

const VERSION = 1;

/** A pad as the game's side reads it (native/src/pad_record.h). `state` undefined: it is not plugged in. */
export function padRecord(pad: number, state: PadState | undefined): Buffer {
  const { buttons, axes, triggers } = state ?? PAD_AT_REST;
  const record = Buffer.alloc(PAD_RECORD_BYTES);
  record[0] = VERSION;
  record[1] = pad;
  record[2] = state === undefined ? 0 : 1;
  record.writeUInt32LE(buttons, 4);
  for (const [index, axis] of axes.entries()) record.writeInt16LE(axis, 8 + 2 * index);
  record[16] = triggers[0];
  record[17] = triggers[1];
  return record;
}

export const RUMBLE_RECORD_BYTES = 8;

/** What the game's side says of a pad's motors; undefined for what is no record. */
export function parseRumble(bytes: Buffer): { pad: number; rumble: Rumble } | undefined {
  const pad = bytes[1] ?? MAX_PADS;
  if (bytes.byteLength !== RUMBLE_RECORD_BYTES || bytes[0] !== VERSION || pad >= MAX_PADS) return undefined;
  return { pad, rumble: { low: bytes.readUInt16LE(4), high: bytes.readUInt16LE(6) } };
}
