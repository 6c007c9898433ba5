import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { buildProgram } from './build.ts';
import { type LinkConditions, queueBytes } from './profiles.ts';

const wayCounts = z.object({
  forwarded: z.number(),
  /** Frames that the link lost by chance. */
  lost: z.number(),
  /** Frames that found the bottleneck's queue full. */
  queueFull: z.number(),
  unsent: z.number(),
});

/** Frames that went each way, counted by the emulator. */
export const linkCounts = z.object({ leftToRight: wayCounts, rightToLeft: wayCounts });
export type LinkCounts = z.infer<typeof linkCounts>;

/** One running `emulator.c`, which bridges the interfaces `left` and `right` of a network namespace. */
export class Emulator {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #stopping: Promise<LinkCounts> | undefined;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#process = child;
    this.#lines = lines;
  }

  /** Starts it inside `namespace` (a name of `ip netns`); resolves once it forwards. */
  static async start(namespace: string, conditions: LinkConditions, seed: number): Promise<Emulator> {
    const program = await buildProgram(join(import.meta.dirname, 'emulator.c'), 'link-emulator');
    const args = [`--net=/run/netns/${namespace}`, program, 'left', 'right'];
    const child = spawn('nsenter', [...args, ...numbersOf(conditions), String(seed)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // A terminal's Ctrl-C reaches the bench alone, which ends the emulator when it has taken its figures.
      detached: true,
    });
    await once(child, 'spawn');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const emulator = new Emulator(child, lines);
    if ((await lines.next()).value !== 'ready') throw new Error('The link emulator did not start.');
    return emulator;
  }

  /** Other conditions for what is sent from now on. */
  set(conditions: LinkConditions): void {
    this.#process.stdin?.write(`${numbersOf(conditions).join(' ')}\n`);
  }

  /** Ends it and answers what it counted. */
  stop(): Promise<LinkCounts> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<LinkCounts> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const { value } = await this.#lines.next();
    await ended;
    return linkCounts.parse(JSON.parse(String(value)));
  }
}

/** Microseconds, parts in a million, bits a second, bytes. */
function numbersOf(conditions: LinkConditions): string[] {
  const { delayMs, jitterMs, loss, rateMbit } = conditions;
  const numbers = [delayMs * 1e3, jitterMs * 1e3, loss * 1e6, rateMbit * 1e6, queueBytes(conditions)];
  return numbers.map(number => String(Math.round(number)));
}
