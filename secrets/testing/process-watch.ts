import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds between two looks: a program of ours takes far longer to start than this. */
const LOOK_EVERY_MS = 40;

/** Notes what every user of the machine can see of every process that there is meanwhile: its command line. */
export class ProcessWatch {
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Command lines that hold one of these, and how many were looked at. Ends the watch. */
  end(texts: readonly string[]): { hits: string[]; looked: number } {
    clearInterval(this.#timer);
    const hits = [...this.#seen].filter(line => texts.some(text => line.includes(text)));
    return { hits, looked: this.#seen.size };
  }

  #look(): void {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        this.#seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
