import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';
import { logSize, openLog, tailOf } from './log-file.ts';
import { hasEnvironment, isRunning, killAll, processInfo, signalProcess } from './processes.ts';

/** Environment variable that marks a child and all that it starts: "<platform id>/<name>". */
export const CHILD_MARK = 'NEARCADE_CHILD';

export interface ChildSpec {
  /** Shown to people and unique within its supervisor. */
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  /** The child's whole environment but for the mark. */
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** What asks it to end; also sent by the kernel when this process dies. Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed with all that it started. Default 5 s. */
  stopTimeoutMs?: number;
  /** Leave it in the terminal's foreground group, with our standard input: only for a command that asks for a password. */
  foreground?: boolean;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const DEFAULT_STOP_TIMEOUT_MS = 5_000;

/**
 * One process that we started, in a session of its own so that the terminal's Ctrl-C reaches us alone and we end
 * things in order. Output goes straight into a file: no pipe breaks when we die first. The kernel signals it when we
 * die (prctl(2) PR_SET_PDEATHSIG, by setpriv(1) of util-linux); `stop()` and its exit take along all that it started.
 */
export class Child {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
  /** Resolves when the process is gone, with all that it started. Never rejects. */
  readonly exited: Promise<ChildExit>;
  readonly #spec: ChildSpec;
  readonly #process: ChildProcess;
  readonly #logStart: number;
  #stopping: Promise<void> | undefined;

  private constructor(spec: ChildSpec, mark: string, child: ChildProcess, pid: number, logStart: number) {
    this.#spec = spec;
    this.#process = child;
    this.#logStart = logStart;
    this.name = spec.name;
    this.pid = pid;
    this.startTime = processInfo(pid)?.startTime ?? '';
    this.exited = new Promise<ChildExit>(resolve => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    }).then(async exit => {
      await this.#sweep(mark);
      return exit;
    });
  }

  /** Starts the process; throws `service_failed` when its program can't be run. `platformId` goes into the mark. */
  static async spawn(spec: ChildSpec, platformId: string): Promise<Child> {
    const mark = `${platformId}/${spec.name}`;
    const logStart = logSize(spec.logFile);
    const log = openLog(spec.logFile);
    try {
      const child = spawn(
        'setpriv',
        ['--pdeathsig', (spec.stopSignal ?? 'SIGTERM').slice(3), '--', spec.command, ...spec.args],
        {
          cwd: spec.cwd,
          env: { ...spec.env, [CHILD_MARK]: mark },
          stdio: [spec.foreground === true ? 'inherit' : 'ignore', log, log],
          detached: spec.foreground !== true,
        },
      );
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      if (child.pid === undefined) throw new Error('no pid');
      return new Child(spec, mark, child, child.pid, logStart);
    } catch (cause) {
      throw new NearcadeError(
        'service_failed',
        `${spec.name} can't be started: ${(cause as Error).message}.`,
        {
          cause,
        },
      );
    } finally {
      closeSync(log);
    }
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** True once `stop()` was called: an exit after that was wanted. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** The last lines that it has written to its log since it was started. */
  get logTail(): string {
    return tailOf(this.#spec.logFile, this.#logStart);
  }

  /** The error that an unwanted exit means: one sentence, then the end of its log. */
  failure(exit: ChildExit): NearcadeError {
    const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
    const tail = this.logTail;
    const shown = tail === '' ? '' : ` The end of ${this.#spec.logFile}:\n${tail}`;
    return new NearcadeError('service_failed', `${this.name} ended unexpectedly ${how}.${shown}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running && isRunning(this.pid, this.startTime)) signalProcess(this.pid, signal);
  }

  /** Asks it to end, waits, then kills it with all that it started. Resolves when all are gone. */
  stop(signal: NodeJS.Signals = this.#spec.stopSignal ?? 'SIGTERM'): Promise<void> {
    this.#stopping ??= this.#stop(signal);
    return this.#stopping;
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    this.signal(signal);
    const deadline = setTimeout(
      () => this.signal('SIGKILL'),
      this.#spec.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS,
    );
    try {
      await this.exited;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Ends what it left behind: its session's members, and whoever carries its mark into another session. */
  async #sweep(mark: string): Promise<void> {
    await killAll(
      info =>
        (this.#spec.foreground !== true && info.session === this.pid) ||
        hasEnvironment(info.pid, `${CHILD_MARK}=${mark}`),
    );
  }
}
