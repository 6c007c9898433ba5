import { once } from 'node:events';
import { chmod, chown, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { MAX_PADS, NO_RUMBLE, type PadState, type Rumble } from '#shared/pads.ts';
import type { PadPort } from './pad-port.ts';
import { padRecord } from './pad-record.ts';
import { readRumbles } from './rumble-reader.ts';

/** A game that starts another program has two; more is one that plays with the socket. */
const MAX_CONNECTIONS = 8;

/** Bytes that may wait for a program that no longer reads: the library reads in a thread of its own. */
const MAX_WAITING_BYTES = 64 * 1024;

export interface PadSocketOptions {
  /** Where the socket is made; who may connect to it is its owner. */
  path: string;
  uid: number;
  gid: number;
}

/** Tells the pads to the library inside the game (native/src): all of them to who connects, then each change. */
export class PadSocket implements PadPort {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #states: (PadState | undefined)[] = Array.from({ length: MAX_PADS });
  #rumble: (pad: number, rumble: Rumble) => void = () => undefined;

  private constructor(path: string) {
    this.path = path;
    this.#server = createServer(socket => this.#connected(socket));
  }

  static async open({ path, uid, gid }: PadSocketOptions): Promise<PadSocket> {
    await rm(path, { force: true });
    const pads = new PadSocket(path);
    pads.#server.listen(path);
    await once(pads.#server, 'listening');
    await chmod(path, 0o600);
    await chown(path, uid, gid);
    return pads;
  }

  set(pad: number, state: PadState | undefined): void {
    this.#states[pad] = state;
    const record = padRecord(pad, state);
    for (const socket of this.#sockets) {
      socket.write(record);
      if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
    }
  }

  onRumble(listener: (pad: number, rumble: Rumble) => void): void {
    this.#rumble = listener;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise(closed => this.#server.close(closed));
  }

  #connected(socket: Socket): void {
    // It may go whenever it likes.
    socket.on('error', () => undefined);
    if (this.#sockets.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const shaken = new Set<number>();
    socket.on('close', () => {
      this.#sockets.delete(socket);
      // Who shook the pads is gone, and says no more that it has ended.
      for (const pad of shaken) this.#rumble(pad, NO_RUMBLE);
    });
    readRumbles(socket, (pad, rumble) => {
      shaken.add(pad);
      this.#rumble(pad, rumble);
    });
    socket.write(Buffer.concat(this.#states.map((state, pad) => padRecord(pad, state))));
  }
}
