import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import x11, { type XClient, type XDisplay, type XTest } from 'x11';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import { type Picture, type Readout, readProbe } from '../readout.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const WAIT_MS = 10_000;
const POLL_MS = 5;

/** The probe on a private X server, with a hand at its keys and mouse and an eye on its picture. */
export class RunningProbe implements AsyncDisposable {
  readonly exit: Promise<number | null>;
  readonly #server: ChildProcess;
  readonly #probe: ChildProcess;
  readonly #client: XClient;
  readonly #root: number;
  readonly #xtest: XTest;

  private constructor(server: ChildProcess, probe: ChildProcess, display: XDisplay, xtest: XTest) {
    this.#server = server;
    this.#probe = probe;
    this.#client = display.client;
    this.#root = display.screen[0]?.root ?? 0;
    this.#xtest = xtest;
    this.exit = once(probe, 'exit').then(([code]) => code as number | null);
  }

  static async start(program: string, scene: string): Promise<RunningProbe> {
    const screen = ['-screen', '0', `${WIDTH}x${HEIGHT}x24`, '-nolisten', 'tcp', '-noreset'];
    const server = spawn('Xvfb', ['-displayfd', '3', ...screen], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    try {
      const lines = createInterface({ input: server.stdio[3] as Readable });
      const name = `:${((await once(lines, 'line')) as string[])[0]}`;
      const display = await new Promise<XDisplay>((resolve, reject) => {
        x11.createClient({ display: name }, (error, opened) => (error ? reject(error) : resolve(opened)));
      });
      // The connection ends with the server.
      display.client.on('error', () => undefined);
      const xtest = await new Promise<XTest>((resolve, reject) => {
        display.client.require('xtest', (error, found) => (error ? reject(error) : resolve(found)));
      });
      const env = { ...process.env, DISPLAY: name, PULSE_SERVER: 'unix:/nonexistent' };
      const probe = spawn(program, ['--scene', scene], { env, stdio: 'ignore' });
      return new RunningProbe(server, probe, display, xtest);
    } catch (error) {
      server.kill();
      throw error;
    }
  }

  key(code: string, down: boolean): void {
    const keycode = (EVDEV_OF_CODE[code] ?? 0) + X11_KEYCODE_OFFSET;
    this.#xtest.FakeInput(down ? this.#xtest.KeyPress : this.#xtest.KeyRelease, keycode, 0, 0, 0, 0);
  }

  press(code: string): void {
    this.key(code, true);
    this.key(code, false);
  }

  click(button: number): void {
    this.#xtest.FakeInput(this.#xtest.ButtonPress, button, 0, 0, 0, 0);
    this.#xtest.FakeInput(this.#xtest.ButtonRelease, button, 0, 0, 0, 0);
  }

  moveTo(x: number, y: number): void {
    this.#xtest.FakeInput(this.#xtest.MotionNotify, 0, 0, this.#root, x, y);
  }

  async picture(): Promise<Picture> {
    const image = await new Promise<Buffer>((resolve, reject) => {
      this.#client.GetImage(2, this.#root, 0, 0, WIDTH, HEIGHT, 0xffffffff, (error, { data }) =>
        error ? reject(error) : resolve(data),
      );
    });
    const rgba = new Uint8ClampedArray(image.length);
    for (let at = 0; at < image.length; at += 4) {
      rgba[at] = image[at + 2] ?? 0;
      rgba[at + 1] = image[at + 1] ?? 0;
      rgba[at + 2] = image[at] ?? 0;
      rgba[at + 3] = 255;
    }
    return { width: WIDTH, height: HEIGHT, data: rgba };
  }

  /** What the probe shows once `wanted` holds. Throws what was seen last when it never does. */
  async see(wanted: (seen: Readout) => boolean = () => true): Promise<Readout> {
    let seen: Readout | null = null;
    for (const end = performance.now() + WAIT_MS; performance.now() < end; await sleep(POLL_MS)) {
      seen = readProbe(await this.picture());
      if (seen !== null && wanted(seen)) return seen;
    }
    throw new Error(`The probe shows ${JSON.stringify(seen)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe.kill();
    await this.exit;
    this.#client.terminate();
    const closed = once(this.#server, 'exit');
    this.#server.kill();
    await closed;
  }
}
