import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';

/** Below /dev, since elsewhere devices are often not to be opened (nodev); nobody but root looks in from outside. */
export const UINPUT_FOLDER = '/dev/nearcade';

export const UINPUT_DEVICE = '/dev/uinput';

export interface UinputPadsOptions {
  /** The program that makes the devices (native/src/uinput_main.c). */
  program: string;
  /** Where it hears of the pads. */
  socket: string;
  /** Made, and emptied at the end: the nodes of this session's pads alone, as they come and go. */
  folder: string;
  /** Whose they are. */
  user: { uid: number; gid: number };
  device: string;
}

/** Whether pads can be devices of the kernel's here: nodes are made by root, for a user of the session's own. */
export function canUinput({ program, device, user }: UinputPadsOptions): boolean {
  try {
    accessSync(program, constants.X_OK);
    accessSync(device, constants.R_OK | constants.W_OK);
    return process.getuid?.() === 0 && user.uid !== 0;
  } catch {
    return false;
  }
}

/** The pads of one session as devices of the kernel's, which end with the program that made them. */
export class UinputPads {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#child = child;
    this.#exited = new Promise(resolve => child.once('close', () => resolve()));
  }

  /** Throws `host_failed` with what the program says when it cannot. */
  static async open({ program, socket, folder, user, device }: UinputPadsOptions): Promise<UinputPads> {
    await rm(folder, { recursive: true, force: true });
    // The folder above it may go with another session's pads just now, and is nobody's to look into.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o755);
    const args = [socket, folder, String(user.uid), String(user.gid), device];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} });
    const pads = new UinputPads(folder, child);
    let said = '';
    const ready = Promise.withResolvers<void>();
    const failed = () => ready.reject(new NearcadeError('host_failed', `No pads by uinput: ${said.trim()}`));
    child.stdout.once('data', () => ready.resolve());
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = text.slice(0, 200);
    });
    child.once('error', failed);
    child.once('close', failed);
    try {
      await ready.promise;
      return pads;
    } catch (error) {
      await pads.close();
      throw error;
    }
  }

  /** Idempotent. The devices are gone when it has answered. */
  async close(): Promise<void> {
    if (this.#child.pid !== undefined) {
      this.#child.kill('SIGKILL');
      await this.#exited;
    }
    await rm(this.folder, { recursive: true, force: true });
    // Unless another session has pads.
    await rmdir(dirname(this.folder)).catch(() => undefined);
  }
}
