import type { WriteStream } from 'node:tty';

/** How often a long step says that it is alive: a terminal's line is rewritten, a log file gets a line now and then. */
const TERMINAL_MS = 250;
const LOG_MS = 15_000;

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/** Tells a person what is going on: one line a step, and what the step is doing while it takes long. */
export class Progress {
  readonly #out: WriteStream | NodeJS.WritableStream;
  readonly #terminal: boolean;

  constructor(out: WriteStream | NodeJS.WritableStream = process.stdout) {
    this.#out = out;
    this.#terminal = 'isTTY' in out && out.isTTY === true;
  }

  line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** Runs `work` under a heading; `doing` is asked for what it does right now. The heading is said again with the time. */
  async step<T>(heading: string, work: () => Promise<T>, doing: () => string = () => ''): Promise<T> {
    const begin = Date.now();
    if (!this.#terminal) this.line(`${heading} ...`);
    const say = () => this.#live(`${heading} ... ${seconds(Date.now() - begin)}`, doing());
    if (this.#terminal) say();
    const timer = setInterval(say, this.#terminal ? TERMINAL_MS : LOG_MS);
    try {
      const result = await work();
      this.line(`${heading}: done in ${seconds(Date.now() - begin)}`);
      return result;
    } catch (error) {
      this.line(`${heading}: failed after ${seconds(Date.now() - begin)}`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  #live(head: string, detail: string): void {
    const text = detail === '' ? head : `${head}  ${detail}`;
    if (!this.#terminal) {
      this.#out.write(`${text}\n`);
      return;
    }
    const width = 'columns' in this.#out ? this.#out.columns : 80;
    this.#clear();
    this.#out.write(text.slice(0, width - 1));
  }

  /** Erases the line that is being rewritten (ECMA-48: erase in line). */
  #clear(): void {
    if (this.#terminal) this.#out.write('\r\x1b[2K');
  }
}
