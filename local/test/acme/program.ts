import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A server of Debian's that a test runs, and what it says. */
export class Program {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => this.#note(line));
    }
    this.#exited = new Promise(resolve => {
      const end = () => {
        this.#isOver = true;
        this.#note('(over)');
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('exit', end);
    });
  }

  /** Resolves when it has said so. */
  async says(what: string | RegExp): Promise<void> {
    while (!this.lines.some(line => line.match(what))) {
      if (this.#isOver) throw new Error(`it has ended: ${this.lines.slice(-5).join('\n')}`);
      await this.#changed.promise;
    }
  }

  async close(): Promise<void> {
    this.#child.kill();
    await this.#exited;
  }

  #note(line: string): void {
    this.lines.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
