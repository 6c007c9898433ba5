import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { buildProgram } from '../link/build.ts';

const NS_PER_MS = 1e6;

/** One running `x-presses.c`: when key presses reached the clients of an X server. */
export class XPresses {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #heard: number[] = [];

  private constructor(child: ChildProcess, lines: Interface) {
    this.#process = child;
    this.#lines = lines;
    lines.on('line', line => this.#heard.push(Number(line) / NS_PER_MS));
  }

  /** `env`: DISPLAY and XAUTHORITY. Resolves once it hears presses of every window that is there now. */
  static async start(env: NodeJS.ProcessEnv): Promise<XPresses> {
    const program = await buildProgram(join(import.meta.dirname, 'x-presses.c'), 'x-presses', ['xcb']);
    const child = spawn(program, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    const lines = createInterface({ input: child.stdout });
    const [first] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    if (first !== 'ready') throw new Error('The presses on the X server cannot be listened to.');
    return new XPresses(child, lines);
  }

  /** Milliseconds of CLOCK_MONOTONIC, in order. */
  get heard(): readonly number[] {
    return this.#heard;
  }

  close(): void {
    this.#lines.close();
    this.#process.kill();
  }
}
