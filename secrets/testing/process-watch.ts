import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Milliseconds between two looks: a program of ours takes far longer to start than this. */
const LOOK_EVERY_MS = 40;

/** Looks at one process after its start: it has become the program that it was started for by then. All are looked at once more in the end. */
const LOOKS_AT_EACH = 10;

/**
 * Notes what others can see of every process that there is meanwhile: its command line, which every user of the machine may read, and the
 * environment of those that run as another user than ours, as games do.
 */
export class ProcessWatch {
  readonly #seen = new Set<string>();
  /** Looks so far, by pid. */
  #looks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** What was seen that holds one of these, and how many there were to see. Ends the watch. */
  end(texts: readonly string[]): { hits: string[]; looked: number } {
    clearInterval(this.#timer);
    this.#looks.clear();
    this.#look();
    const hits = [...this.#seen].filter(line => texts.some(text => line.includes(text)));
    return { hits, looked: this.#seen.size };
  }

  #look(): void {
    const looks = new Map<string, number>();
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const before = this.#looks.get(pid) ?? 0;
      looks.set(pid, before + 1);
      if (before < LOOKS_AT_EACH) this.#lookAt(pid);
    }
    this.#looks = looks;
  }

  #lookAt(pid: string): void {
    try {
      this.#seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      const isOurs = statSync(`/proc/${pid}`).uid === process.getuid?.();
      if (!isOurs) this.#seen.add(readFileSync(`/proc/${pid}/environ`, 'latin1'));
    } catch {
      // It has ended meanwhile, or is hidden from us as it is from others.
    }
  }
}
