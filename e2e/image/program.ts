import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../support/until.ts';

/** Characters of the output that a failure tells. */
const SHOWN = 6_000;

/** A program that goes on until it is told to end, and what it has printed so far. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<void>;
  #output = '';
  #hasExited = false;

  constructor(argv: readonly string[], name: string) {
    const [command = '', ...args] = argv;
    this.#name = name;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#child = child;
    this.#exited = new Promise(resolve => {
      const end = () => {
        this.#hasExited = true;
        resolve();
      };
      child.once('error', end);
      child.once('close', end);
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves once it has printed `text`; throws with the end of its output when it ends before, or does not within `timeoutMs`. */
  async says(text: string, timeoutMs: number): Promise<void> {
    try {
      await until(
        `${this.#name} says ${text}`,
        () => this.#hasExited || this.#output.includes(text),
        timeoutMs,
      );
      if (!this.#output.includes(text)) throw new Error(`${this.#name} has ended (${this.#child.exitCode})`);
    } catch (cause) {
      throw new Error(`${(cause as Error).message}:\n${this.#output.slice(-SHOWN)}`, { cause });
    }
  }

  exited(): Promise<void> {
    return this.#exited;
  }
}
