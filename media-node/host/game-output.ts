import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Bytes a second that are read of what a game prints; one that prints more waits in its own write(2), the node does not. */
const READ_BYTES_PER_S = 128 * 1024;
const SECOND_MS = 1000;

/** Characters kept of a line. */
const LINE_LENGTH = 500;

/** Lines kept for the log of a failure. */
const KEPT_LINES = 20;

/** What a game prints, in lines. Bounded in rate and size, whatever the game does. */
export class GameOutput {
  readonly #onLine: (line: string) => void;
  readonly #lineLength: number;
  readonly #bytesPerSecond: number;
  readonly #lines: string[] = [];
  readonly #paused = new Set<Readable>();
  #budget: number;
  #refill: NodeJS.Timeout | undefined;

  constructor(
    onLine: (line: string) => void,
    { lineLength = LINE_LENGTH, bytesPerSecond = READ_BYTES_PER_S } = {},
  ) {
    this.#onLine = onLine;
    this.#lineLength = lineLength;
    this.#bytesPerSecond = bytesPerSecond;
    this.#budget = bytesPerSecond;
  }

  /** The last lines, oldest first. */
  get last(): string {
    return this.#lines.slice(-KEPT_LINES).join('\n');
  }

  listen(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    let open = '';
    stream.on('data', (chunk: Buffer) => {
      const [first = '', ...rest] = decoder.write(chunk).split('\n');
      open = (open + first).slice(0, this.#lineLength);
      for (const next of rest) {
        this.#line(open);
        open = next.slice(0, this.#lineLength);
      }
      this.#spend(stream, chunk.length);
    });
    stream.once('end', () => {
      if (open !== '') this.#line(open);
      this.#paused.delete(stream);
    });
  }

  #line(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
    this.#onLine(line);
  }

  #spend(stream: Readable, bytes: number): void {
    this.#budget -= bytes;
    this.#refill ??= setTimeout(() => this.#nextSecond(), SECOND_MS).unref();
    if (this.#budget > 0) return;
    stream.pause();
    this.#paused.add(stream);
  }

  #nextSecond(): void {
    this.#refill = undefined;
    this.#budget = this.#bytesPerSecond;
    for (const stream of this.#paused) stream.resume();
    this.#paused.clear();
  }
}
