import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import type { GameManifest } from '#shared/manifest.ts';
import type { PadPort } from '../input/pads/pad-port.ts';
import { PadSocket } from '../input/pads/pad-socket.ts';
import { canUinput, UINPUT_FOLDER, UinputPads } from '../input/pads/uinput-pads.ts';
import type { SandboxPads } from './sandbox.ts';
import type { SlotUser } from './slot-user.ts';

export interface GamePadsOptions {
  input: GameManifest['input'];
  /** The slot's folder. */
  dir: string;
  user: SlotUser;
  /** The library that gives SDL games their pads. */
  library: string;
  /** The program that makes pads by uinput, and where that is. */
  uinput?: { program: string; device: string } | undefined;
  log: Logger;
}

/**
 * How a game has its pads: as devices of the kernel's where the machine has uinput, which any game knows, else by a library that is loaded
 * into it. They end with the game.
 */
export class GamePads {
  readonly port: PadPort;
  /** What the game's sandbox shows of it. */
  readonly sandbox: SandboxPads;
  readonly #socket: PadSocket;
  readonly #devices: UinputPads | undefined;

  private constructor(socket: PadSocket, sandbox: SandboxPads, devices?: UinputPads) {
    this.port = socket;
    this.sandbox = sandbox;
    this.#socket = socket;
    this.#devices = devices;
  }

  /** Undefined for a game that knows no pads, and where there is no way to give it any. */
  static async open(options: GamePadsOptions): Promise<GamePads | undefined> {
    const { input, dir, user, library, log } = options;
    if (input.pads?.how !== 'sdl') return undefined;
    const path = `${dir}/pads`;
    const uinput = options.uinput && {
      ...options.uinput,
      socket: path,
      folder: `${UINPUT_FOLDER}/${user.uid}`,
      user,
    };
    if (uinput !== undefined && canUinput(uinput)) {
      const socket = await PadSocket.open({ path, uid: 0, gid: 0 });
      try {
        const devices = await UinputPads.open(uinput);
        return new GamePads(socket, { devices: devices.folder }, devices);
      } catch (err) {
        log.warn({ err }, 'pads go by the library');
        await socket.close();
      }
    }
    if (!existsSync(library)) {
      log.warn({ path: library }, 'the library for pads is missing: the game has none');
      return undefined;
    }
    const socket = await PadSocket.open({ path, ...user });
    return new GamePads(socket, { library, socket: path });
  }

  async close(): Promise<void> {
    await this.#devices?.close();
    await this.#socket.close();
  }
}
