import type { Socket } from 'node:net';
import type { Rumble } from '#shared/pads.ts';
import { parseRumble, RUMBLE_RECORD_BYTES } from './pad-record.ts';

/** Bytes of a game that are read in one go: what four pads say in a second, far above what a game does. */
const MOST_BYTES = 4 * 60 * RUMBLE_RECORD_BYTES;

/** After them nothing is read for so long: what a game says beyond it waits in the game. */
const PAUSE_MS = 1_000;

/** Reads what a game's side says of the motors; who says anything else is hung up on. */
export function readRumbles(socket: Socket, hear: (pad: number, rumble: Rumble) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  let timer: NodeJS.Timeout | undefined;
  socket.on('close', () => clearTimeout(timer));
  socket.on('data', chunk => {
    read += chunk.byteLength;
    timer ??= setTimeout(() => {
      timer = undefined;
      read = 0;
      socket.resume();
    }, PAUSE_MS);
    if (read > MOST_BYTES) socket.pause();
    rest = Buffer.concat([rest, chunk]);
    for (; rest.byteLength >= RUMBLE_RECORD_BYTES; rest = rest.subarray(RUMBLE_RECORD_BYTES)) {
      const said = parseRumble(rest.subarray(0, RUMBLE_RECORD_BYTES));
      if (said === undefined) {
        socket.destroy();
        return;
      }
      hear(said.pad, said.rumble);
    }
  });
}
