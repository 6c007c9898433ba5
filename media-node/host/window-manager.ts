import x11, { type XEvent } from 'x11';
import { ask, type XConnection } from './x-connection.ts';

const POINTER_ROOT = 1;

/** Bits of ConfigureRequest's value mask (X11 core protocol). */
const CONFIGURE = { x: 1, y: 2, width: 4, height: 8, borderWidth: 16 } as const;

/** Smaller windows without a manager (tooltips, drag icons) are no sign that the game is there. */
const SMALLEST_PICTURE_SIDE = 64;

/**
 * The window manager of a slot: every window fills the screen, the newest has the keyboard, and when it closes the one
 * below gets it back. Windows that ask to be left alone (override-redirect: menus, some full-screen games) are.
 */
export class WindowManager {
  readonly #connection: XConnection;
  /** Bottom to top. */
  #windows: number[] = [];
  #width: number;
  #height: number;
  readonly #shown = new Set<() => void>();

  private constructor(connection: XConnection, width: number, height: number) {
    this.#connection = connection;
    this.#width = width;
    this.#height = height;
    connection.client.on('event', event => this.#handle(event));
  }

  /** Takes charge of the screen. Has to be there before the game, whose windows would else open small. */
  static async open(connection: XConnection, width: number, height: number): Promise<WindowManager> {
    const manager = new WindowManager(connection, width, height);
    const { SubstructureRedirect = 0, SubstructureNotify = 0 } = x11.eventMask;
    connection.client.ChangeWindowAttributes(connection.root, {
      eventMask: SubstructureRedirect | SubstructureNotify,
    });
    await connection.client.sync();
    return manager;
  }

  /** Resolves when the next window is on the screen. */
  nextWindow(): Promise<void> {
    return new Promise(resolve => {
      const shown = () => {
        this.#shown.delete(shown);
        resolve();
      };
      this.#shown.add(shown);
    });
  }

  setPicture(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    for (const window of this.#windows) this.#fill(window);
    this.#connection.flush();
  }

  #handle(event: XEvent): void {
    switch (event.name) {
      case 'MapRequest':
        this.#adopt(event.wid);
        break;
      case 'ConfigureRequest':
        if (this.#windows.includes(event.wid)) this.#fill(event.wid);
        else this.#grant(event);
        break;
      case 'MapNotify':
        this.#mapped(event);
        break;
      case 'UnmapNotify':
      case 'DestroyNotify':
        this.#drop(event.wid);
        break;
    }
    this.#connection.flush();
  }

  #adopt(window: number): void {
    this.#windows = [...this.#windows.filter(other => other !== window), window];
    this.#fill(window);
    this.#connection.client.MapWindow(window);
    this.#connection.client.SetInputFocus(window, POINTER_ROOT);
  }

  #mapped(event: XEvent): void {
    if (!event.overrideRedirect) {
      this.#announce();
      return;
    }
    ask<{ width: number; height: number }>(reply =>
      this.#connection.client.GetGeometry(event.wid, reply),
    ).then(
      ({ width, height }) => {
        if (Math.min(width, height) >= SMALLEST_PICTURE_SIDE) this.#announce();
      },
      () => undefined, // it is gone already
    );
  }

  #announce(): void {
    for (const shown of this.#shown) shown();
  }

  #drop(window: number): void {
    if (!this.#windows.includes(window)) return;
    const hadFocus = this.#windows.at(-1) === window;
    this.#windows = this.#windows.filter(other => other !== window);
    if (hadFocus) this.#connection.client.SetInputFocus(this.#windows.at(-1) ?? POINTER_ROOT, POINTER_ROOT);
  }

  #fill(window: number): void {
    this.#connection.client.ConfigureWindow(window, {
      x: 0,
      y: 0,
      width: this.#width,
      height: this.#height,
      borderWidth: 0,
    });
  }

  /** A window that is not shown yet, or not ours to manage, may be as it likes. */
  #grant(event: XEvent): void {
    const mask = event.mask ?? 0;
    const values: Record<string, number> = {};
    for (const [name, bit] of Object.entries(CONFIGURE)) {
      const value = event[name as keyof XEvent];
      if ((mask & bit) !== 0 && typeof value === 'number') values[name] = value;
    }
    if (Object.keys(values).length > 0) this.#connection.client.ConfigureWindow(event.wid, values);
  }
}
