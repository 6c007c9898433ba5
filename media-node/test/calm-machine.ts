import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** How often the copy follows the machine. */
const FOLLOW_MS = 100;

/** The file's length, always: whoever reads while it is written gets a whole one. */
const BYTES = 4096;

/** Fields of the first line of /proc/stat (proc(5)) that count as work: user, nice, system, irq, softirq, steal. */
const WORK = [1, 2, 3, 6, 7, 8];
const IDLE = 4;

/**
 * What a node reads of its machine's processors (/proc/stat), which test runs beside it would else decide: nothing runs, until
 * `wake()`; from then on what the machine really does. Lies over the real file in a mount namespace of the node's own.
 */
export class CalmMachine {
  readonly #path: string;
  readonly #file: number;
  readonly #timer: NodeJS.Timeout;
  readonly #atStart = ticks();
  /** What it worked while it was called calm. */
  #slept: number[] | undefined;

  constructor(dir: string) {
    this.#path = join(dir, 'stat');
    this.#file = openSync(this.#path, 'w', 0o644);
    this.#write();
    this.#timer = setInterval(() => this.#write(), FOLLOW_MS);
  }

  /** The command line that runs a program on this machine. */
  around(argv: readonly string[]): string[] {
    const script = 'mount --bind "$1" /proc/stat && shift && exec "$@"';
    return ['unshare', '--mount', '--', '/bin/sh', '-c', script, 'calm', this.#path, ...argv];
  }

  wake(): void {
    this.#slept ??= worked(this.#atStart, ticks());
  }

  close(): void {
    clearInterval(this.#timer);
    closeSync(this.#file);
  }

  #write(): void {
    const now = ticks();
    const calm = this.#slept ?? worked(this.#atStart, now);
    for (const field of WORK) {
      const part = calm[field] ?? 0;
      now[field] = (now[field] ?? 0) - part;
      now[IDLE] = (now[IDLE] ?? 0) + part;
    }
    writeSync(this.#file, `cpu  ${now.slice(1).join(' ')}\n`.padEnd(BYTES), 0);
  }
}

/** The first line's numbers at their places; the word before them is 0. */
function ticks(): number[] {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  return [0, ...line.trim().split(/\s+/).slice(1).map(Number)];
}

function worked(from: readonly number[], to: readonly number[]): number[] {
  return to.map((value, field) => value - (from[field] ?? 0));
}
