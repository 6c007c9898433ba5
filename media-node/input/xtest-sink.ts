import type { XConnection } from '../host/x-connection.ts';
import type { InputSink } from './x11-input.ts';

const ABSOLUTE = 0;
const RELATIVE = 1;
const NOW = 0;

/** Fake input by the XTEST extension (X Test Extension Protocol 2.2), in the slot's own X connection. */
export class XTestSink implements InputSink {
  readonly #connection: XConnection;

  constructor(connection: XConnection) {
    this.#connection = connection;
  }

  key(keycode: number, down: boolean): void {
    const { xtest } = this.#connection;
    this.#fake(down ? xtest.KeyPress : xtest.KeyRelease, keycode, 0, 0, 0);
  }

  button(button: number, down: boolean): void {
    const { xtest } = this.#connection;
    this.#fake(down ? xtest.ButtonPress : xtest.ButtonRelease, button, 0, 0, 0);
  }

  moveTo(x: number, y: number): void {
    this.#fake(this.#connection.xtest.MotionNotify, ABSOLUTE, this.#connection.root, x, y);
  }

  moveBy(dx: number, dy: number): void {
    this.#fake(this.#connection.xtest.MotionNotify, RELATIVE, 0, dx, dy);
  }

  flush(): void {
    if (this.#connection.open) this.#connection.flush();
  }

  #fake(type: number, detail: number, window: number, x: number, y: number): void {
    if (this.#connection.open) this.#connection.xtest.FakeInput(type, detail, NOW, window, x, y);
  }
}
