import type { Logger } from 'pino';
import { systemClock } from '../input/held-inputs.ts';
import { PointerLockWatch } from '../input/pointer-lock.ts';
import { XKeymap } from '../input/text/keymap.ts';
import { X11Input } from '../input/x11-input.ts';
import { XTestSink } from '../input/xtest-sink.ts';
import { DesktopWatch } from './desktop-watch.ts';
import { startPulse } from './pulse.ts';
import { desktopAllowance, openResourceLimits, type ResourceLimits } from './resource-limits.ts';
import { setScreenMode } from './screen-mode.ts';
import type { Service } from './service.ts';
import type { SlotUser } from './slot-user.ts';
import type { HostFailure } from './types.ts';
import { WindowManager } from './window-manager.ts';
import { socketPathOf, XConnection } from './x-connection.ts';
import { Xvfb, type XvfbOptions } from './xvfb.ts';

export interface DesktopOptions {
  /** Of the slot, among the control groups of this machine. */
  name: string;
  user: SlotUser;
  /** Directory of the slot's user, empty. */
  dir: string;
  width: number;
  height: number;
  log: Logger;
  /** Display or sound ended by itself, or hung. Called once at most. */
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
  readonly #watch: DesktopWatch;
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
    const input = new X11Input(
      new XTestSink(connection),
      options.width,
      options.height,
      systemClock,
      new XKeymap(connection),
    );
    this.input = input;
    this.#pointerLock = new PointerLockWatch(
      connection,
      () => input.buttonDown,
      locked => input.setPointerLocked(locked),
    );
    this.#watch = new DesktopWatch({
      xvfb: xvfb.service,
      pulse: pulse.service,
      connection,
      onFailure: options.onFailure,
    });
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

  get pids(): readonly number[] {
    return [this.#xvfb.service.pid, this.#pulse.pid];
  }

  /** Whether the display has answered lately. */
  get displayAnswers(): boolean {
    return this.#watch.displayAnswers;
  }

  /** Resolves when it is known whether display and sound hold; after `onFailure` was called, when one does not. */
  settled(): Promise<void> {
    return this.#watch.settled();
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
    this.#watch.close();
    this.#pointerLock.close();
    this.input.close();
    await this.#pulse.stop();
    this.#connection.close();
    await this.#xvfb[Symbol.asyncDispose]();
    await removed(this.#limits, this.#log);
  }
}

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
