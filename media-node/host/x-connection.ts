import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import x11, { type Reply, type XClient, type XDisplay, type XFixes, type XTest } from 'x11';
import { NearcadeError } from '#shared/errors.ts';

/** The name of X's shared-secret authorization (X11 security documentation, MIT-MAGIC-COOKIE-1). */
export const COOKIE_NAME = 'MIT-MAGIC-COOKIE-1';

export interface XAddress {
  /** Display number of this machine. */
  number: number;
  /** 16 bytes. */
  cookie: Buffer;
}

export function socketPathOf(displayNumber: number): string {
  return `/tmp/.X11-unix/X${displayNumber}`;
}

/** The node's own connection to a slot's X server: window management, fake input and screen size go through this one. */
export class XConnection {
  readonly client: XClient;
  readonly root: number;
  readonly xtest: XTest;
  readonly fixes: XFixes;
  readonly #socket: Socket;
  #closed = false;

  private constructor(client: XClient, root: number, xtest: XTest, fixes: XFixes, socket: Socket) {
    this.client = client;
    this.root = root;
    this.xtest = xtest;
    this.fixes = fixes;
    this.#socket = socket;
  }

  /**
   * Connects with the cookie; never falls back to TCP or to the user's own Xauthority, as `x11` alone would.
   * `onError` hears of requests that the server refused (a window that went away in between: harmless).
   */
  static async open(address: XAddress, onError: (error: Error) => void): Promise<XConnection> {
    const socket = createConnection(socketPathOf(address.number));
    await once(socket, 'connect');
    const display = await connect(socket, address);
    display.client.on('error', onError);
    const xtest = await ask<XTest>(reply => display.client.require('xtest', reply));
    // A game that grabs the server does not stop the player's input (XTEST 2.2, XTestGrabControl).
    xtest.GrabControl(true);
    const fixes = await ask<XFixes>(reply => display.client.require('fixes', reply));
    const screen = display.screen[0];
    if (screen === undefined) throw new NearcadeError('host_failed', 'The display has no screen');
    return new XConnection(display.client, screen.root, xtest, fixes, socket);
  }

  /** Called when the server hung up, not when we did. */
  onLost(listener: () => void): void {
    this.#socket.on('close', () => {
      if (!this.#closed) listener();
    });
  }

  get open(): boolean {
    return !this.#closed && this.#socket.writable;
  }

  /** Writes at once what was buffered: one write however many requests. */
  flush(): void {
    this.client.pack_stream.flush();
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}

/** An X reply as a promise. */
export function ask<T>(request: (reply: Reply<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    request((error, value) => {
      if (error) reject(error);
      else resolve(value);
      return true;
    });
  });
}

function connect(socket: Socket, address: XAddress): Promise<XDisplay> {
  return new Promise((resolve, reject) => {
    x11.createClient(
      {
        display: `:${address.number}`,
        stream: socket,
        auth: { name: COOKIE_NAME, data: address.cookie.toString('latin1') },
        bufferRequests: true,
        disableBigRequests: true,
      },
      (error, display) => (error ? reject(error) : resolve(display)),
    );
  });
}
