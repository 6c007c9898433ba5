import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { NearcadeError } from '#shared/errors.ts';
import { give, initPid } from './bwrap-pipes.ts';
import { fromStatus } from './exit-status.ts';
import { GameOutput } from './game-output.ts';
import { MATCHES_FD, type MatchLine, readMatchLines } from './match-lines.ts';
import { OPTIONS_FD, SECCOMP_FD, STATUS_FD } from './sandbox.ts';
import { runs, signal } from './slot-user.ts';
import type { GameExit, GameProcess } from './types.ts';

/** A game gets this long to save and go when asked to. */
const DEFAULT_GRACE_MS = 2_000;

/** Lines of a game's output that are logged; one that prints every frame must not fill the disk. */
const MAX_LOGGED_LINES = 200;

const GONE_POLL_MS = 5;

export interface StartOptions {
  /** The whole chain down to the game. */
  argv: readonly string[];
  /** The game's system call filter. */
  filter: Buffer;
  /** What bwrap is told, by descriptor. */
  options: Buffer;
  windowShown: Promise<void>;
  /** Whether it may tell of matches. */
  hasMatches: boolean;
  /** Whether the kernel had to end a process of it for want of memory; asked at its end. */
  ranOutOfMemory: () => boolean;
  /** Resolves when it is known, and told, whether display and sound still hold. */
  desktopSettled: () => Promise<void>;
  log: Logger;
}

/** The sandbox of one game and all that runs in it. */
export class SandboxedGame implements GameProcess {
  readonly pid: number;
  readonly exited: Promise<GameExit>;
  readonly firstWindow: Promise<void>;
  readonly #child: ChildProcess;
  /** Resolves with the pid, as the node sees it, of the first process in the game's PID namespace; it dies, all die. */
  readonly #init: Promise<number | undefined>;
  readonly #log: Logger;
  readonly #ranOutOfMemory: () => boolean;
  readonly #desktopSettled: () => Promise<void>;
  readonly #output: GameOutput;
  #closing: Promise<void> | undefined;
  #overLimit: GameExit['overLimit'];
  #onMatch: (line: MatchLine) => void = () => undefined;

  private constructor(child: ChildProcess, start: StartOptions) {
    const { windowShown, hasMatches, log } = start;
    this.#child = child;
    this.#log = log;
    this.#ranOutOfMemory = start.ranOutOfMemory;
    this.#desktopSettled = start.desktopSettled;
    this.pid = child.pid ?? 0;
    this.#init = initPid(child.stdio[STATUS_FD] as Readable);
    this.exited = this.#exit();
    this.firstWindow = Promise.race([windowShown, this.exited.then(exit => this.#failWith(exit))]);
    this.firstWindow.catch(() => undefined); // a caller need not ask
    let logged = 0;
    this.#output = new GameOutput(line => {
      if (logged++ < MAX_LOGGED_LINES) log.debug({ line }, 'the game printed');
    });
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) this.#output.listen(stream);
    if (hasMatches) {
      readMatchLines(
        child.stdio.at(MATCHES_FD) as Readable,
        line => this.#onMatch(line),
        fault => log.warn({ fault }, 'the game said something wrong of a match'),
      );
    }
  }

  static start(start: StartOptions): SandboxedGame {
    const { argv, filter, options, hasMatches } = start;
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...(hasMatches ? (['pipe'] as const) : [])],
    });
    give(child.stdio.at(SECCOMP_FD), filter);
    give(child.stdio.at(OPTIONS_FD), options);
    return new SandboxedGame(child, start);
  }

  get lastOutput(): string {
    return this.#output.last;
  }

  /** Ends it at once: it uses more of `what` than it may. */
  stopFor(what: NonNullable<GameExit['overLimit']>): void {
    this.#overLimit ??= what;
    this.#closing ??= this.#end(0);
  }

  onMatch(listener: (line: MatchLine) => void): void {
    this.#onMatch = listener;
  }

  pause(): void {
    void this.#signalAll('SIGSTOP');
  }

  resume(): void {
    void this.#signalAll('SIGCONT');
  }

  close(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    this.#closing ??= this.#end(graceMs);
    return this.#closing;
  }

  async #signalAll(name: NodeJS.Signals): Promise<void> {
    const init = await this.#init;
    for (const pid of init === undefined ? [] : insidersOf(init)) signal(pid, name);
  }

  async #end(graceMs: number): Promise<void> {
    const init = await this.#init;
    const insiders = init === undefined ? [] : insidersOf(init);
    // None: the sandbox is still being set up, there is nobody to wait for.
    if (insiders.length > 0 && graceMs > 0) {
      for (const pid of insiders) signal(pid, 'SIGTERM');
      const cancel = new AbortController();
      const timeout = sleep(graceMs, undefined, { signal: cancel.signal }).catch(() => undefined);
      await Promise.race([this.exited, timeout]);
      cancel.abort();
    }
    if (this.#running) signal(init ?? this.pid, 'SIGKILL');
    await this.exited;
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined;
  }

  async #exit(): Promise<GameExit> {
    const exit = await new Promise<GameExit>(resolve => {
      this.#child.once('error', error => {
        this.#log.error({ err: error }, 'the sandbox could not be started');
        resolve({ code: null, signal: null });
      });
      this.#child.once('exit', (code, by) => resolve(by === null ? fromStatus(code) : { code, signal: by }));
    });
    const init = await this.#init;
    // bwrap goes when the game does, and takes its namespace along (--die-with-parent); that takes a moment.
    while (init !== undefined && runs(init)) await sleep(GONE_POLL_MS);
    // Who lost the display did not crash by a fault of its own: the host's failure is told first.
    if (exit.code !== 0 && this.#closing === undefined) await this.#desktopSettled();
    const overLimit = this.#overLimit ?? (exit.code !== 0 && this.#ranOutOfMemory() ? 'memory' : undefined);
    return { ...exit, ...(overLimit === undefined ? {} : { overLimit }) };
  }

  #failWith(exit: GameExit): never {
    throw new NearcadeError('game_failed', 'The game ended before it showed a picture', {
      cause: new Error(`${exit.signal ?? `code ${exit.code}`}: ${this.lastOutput}`),
    });
  }
}

/** The processes in the PID namespace of `init`, without itself. */
function insidersOf(init: number): number[] {
  const namespace = pidNamespace(init);
  if (namespace === undefined) return [];
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== init && pidNamespace(pid) === namespace);
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // gone, or not ours to look at
  }
}
