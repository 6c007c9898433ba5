import type { CursorImage } from 'x11';
import { ask, type XConnection } from '../host/x-connection.ts';

/** Five looks a second: a player does not notice the fifth of a second before the page locks the pointer too. */
const POLL_MS = 200;

const CURSOR_NOTIFY_MASK = 1;
const ASYNCHRONOUS = 1;
const ALREADY_GRABBED = 1;

/**
 * Tells when a game wants relative motion: X has no event for it, but such a game hides the cursor and grabs the
 * pointer. The cursor is followed by events (XFixes); only while it is hidden is the grab tried, and let go in the same
 * write, so a game that shows its cursor costs nothing. While a button is down its window holds the pointer anyway
 * (X11 core protocol, implicit grab), so then nothing can be told and the last answer stands.
 */
export class PointerLockWatch {
  readonly #connection: XConnection;
  readonly #report: (locked: boolean) => void;
  readonly #buttonDown: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connection: XConnection, buttonDown: () => boolean, report: (locked: boolean) => void) {
    this.#connection = connection;
    this.#buttonDown = buttonDown;
    this.#report = report;
    connection.client.on('event', event => {
      if (event.name === 'CursorNotify') this.#cursorChanged();
    });
    connection.fixes.SelectCursorInput(connection.root, CURSOR_NOTIFY_MASK);
    connection.flush();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  #cursorChanged(): void {
    ask<CursorImage>(reply => this.#connection.fixes.GetCursorImage(reply)).then(
      cursor => {
        if (!this.#closed) this.#watchGrab(isInvisible(cursor));
      },
      () => undefined,
    );
  }

  #watchGrab(cursorHidden: boolean): void {
    clearInterval(this.#timer);
    if (!cursorHidden) {
      this.#report(false);
      return;
    }
    this.#tryGrab();
    this.#timer = setInterval(() => this.#tryGrab(), POLL_MS);
    this.#timer.unref();
  }

  #tryGrab(): void {
    if (!this.#connection.open || this.#buttonDown()) return;
    const { client, root } = this.#connection;
    client.GrabPointer(root, 0, 0, ASYNCHRONOUS, ASYNCHRONOUS, 0, 0, 0, (error, status) => {
      if (!error && !this.#closed) this.#report(status === ALREADY_GRABBED);
      return true;
    });
    client.UngrabPointer(0);
    this.#connection.flush();
  }
}

/** No pixel that can be seen; the one-pixel cursor that some games use instead is as good as none. */
function isInvisible(cursor: CursorImage): boolean {
  if (cursor.width <= 1 && cursor.height <= 1) return true;
  for (let alpha = 3; alpha < cursor.cursorImage.length; alpha += 4) {
    if (cursor.cursorImage[alpha] !== 0) return false;
  }
  return true;
}
