import type { Logger } from 'pino';
import { PointerLockWatch } from '../input/pointer-lock.ts';
import { X11Input } from '../input/x11-input.ts';
import { XTestSink } from '../input/xtest-sink.ts';
import { startPulse } from './pulse.ts';
import { desktopAllowance, openResourceLimits, type ResourceLimits } from './resource-limits.ts';
import { setScreenMode } from './screen-mode.ts';
import type { Service } from './service.ts';
import type { SlotUser } from './slot-user.ts';
import type { HostFailure } from './types.ts';
import { WindowManager } from './window-manager.ts';
import { socketPathOf, XConnection } from './x-connection.ts';
import { Xvfb, type XvfbOptions } from './xvfb.ts';

/** A server's end is told after the end of its connections, by as long as the kernel takes to clear it away. */
const END_FOLLOWS_MS = 250;

export interface DesktopOptions {
  /** Of the slot, among the control groups of this machine. */
  name: string;
  user: SlotUser;
  /** Directory of the slot's user, empty. */
  dir: string;
  width: number;
  height: number;
  log: Logger;
  /** Display or sound ended by itself. Called once at most. */
  onFailure: (failure: HostFailure) => void;
}

/** Display, sound and the node's hold on both: what one player's session sees, and no other after it. */
export class Desktop {
  readonly input: X11Input;
  readonly windows: WindowManager;
  readonly pulseSocket: string;
  readonly #xvfb: Xvfb;
  readonly #pulse: Service;
  readonly #limits: ResourceLimits;
  readonly #log: Logger;
  readonly #connection: XConnection;
  readonly #pointerLock: PointerLockWatch;
  #closing: Promise<void> | undefined;

  private constructor(
    options: DesktopOptions,
    xvfb: Xvfb,
    pulse: { service: Service; socketPath: string },
    connection: XConnection,
    windows: WindowManager,
    limits: ResourceLimits,
  ) {
    this.#xvfb = xvfb;
    this.#limits = limits;
    this.#log = options.log;
    this.#pulse = pulse.service;
    this.pulseSocket = pulse.socketPath;
    this.#connection = connection;
    this.windows = windows;
    const input = new X11Input(new XTestSink(connection), options.width, options.height);
    this.input = input;
    this.#pointerLock = new PointerLockWatch(
      connection,
      () => input.buttonDown,
      locked => input.setPointerLocked(locked),
    );
    this.#watch(options.onFailure);
  }

  static async open(options: DesktopOptions): Promise<Desktop> {
    const { name, user, dir, width, height, log } = options;
    // Held like the game: what it has display and sound do for it would else be a way around its own limits.
    const limits = openResourceLimits(`${name}-desktop`, desktopAllowance(), log);
    const enter = (argv: readonly string[]) => limits.enter(argv);
    const [display, sound] = await Promise.allSettled([
      openDisplay({ user, dir, width, height, enter }, log),
      startPulse({ user, dir, enter }),
    ]);
    if (display.status === 'fulfilled' && sound.status === 'fulfilled') {
      const { xvfb, connection, windows } = display.value;
      return new Desktop(options, xvfb, sound.value, connection, windows, limits);
    }
    if (display.status === 'fulfilled') await display.value.xvfb[Symbol.asyncDispose]();
    if (sound.status === 'fulfilled') await sound.value.service.stop();
    await removed(limits, log);
    throw display.status === 'rejected' ? display.reason : (sound as PromiseRejectedResult).reason;
  }

  /** For tools on the machine itself. */
  get env(): Record<string, string> {
    return {
      DISPLAY: `:${this.#xvfb.address.number}`,
      XAUTHORITY: this.#xvfb.cookiePath,
      PULSE_SERVER: `unix:${this.pulseSocket}`,
    };
  }

  get displaySocket(): string {
    return socketPathOf(this.#xvfb.address.number);
  }

  get cookiePath(): string {
    return this.#xvfb.cookiePath;
  }

  /** A process in the slot's IPC namespace. */
  get ipcPid(): number {
    return this.#xvfb.service.pid;
  }

  async setPicture(width: number, height: number): Promise<void> {
    await setScreenMode(this.#connection, width, height);
    this.windows.setPicture(width, height);
    this.input.setPicture(width, height);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#pointerLock.close();
    this.input.close();
    await this.#pulse.stop();
    this.#connection.close();
    await this.#xvfb[Symbol.asyncDispose]();
    await removed(this.#limits, this.#log);
  }

  #watch(onFailure: (failure: HostFailure) => void): void {
    let reported = false;
    const report = (part: HostFailure['part'], detail: string) => {
      if (reported || this.#closing !== undefined) return;
      reported = true;
      onFailure({ part, detail });
    };
    // The game can have the server cut our connection (X11's KillClient): without it there is no input, so that counts.
    // When the server itself died, its end says more and follows at once.
    this.#connection.onLost(() => {
      setTimeout(() => report('display', 'the X server closed the connection'), END_FOLLOWS_MS).unref();
    });
    void this.#xvfb.service.ended.then(detail => report('display', detail));
    void this.#pulse.ended.then(detail => report('sound', detail));
  }
}

/** What was left behind when a display did not start may still be dying: the next one removes it. */
async function removed(limits: ResourceLimits, log: Logger): Promise<void> {
  await limits.close().catch((err: unknown) => log.warn({ err }, 'a control group is left behind'));
}

async function openDisplay(
  options: XvfbOptions,
  log: Logger,
): Promise<{ xvfb: Xvfb; connection: XConnection; windows: WindowManager }> {
  const xvfb = await Xvfb.start(options);
  try {
    const connection = await XConnection.open(xvfb.address, error => {
      log.debug({ reason: error.message }, 'X refused a request');
    });
    return { xvfb, connection, windows: await WindowManager.open(connection, options.width, options.height) };
  } catch (error) {
    await xvfb[Symbol.asyncDispose]();
    throw error;
  }
}
