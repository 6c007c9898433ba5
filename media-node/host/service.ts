import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
import { give, initPid } from './bwrap-pipes.ts';
import { DESKTOP_SECCOMP_FD, DESKTOP_STATUS_FD } from './desktop-sandbox.ts';
import { fromStatus } from './exit-status.ts';
import { seccompFilter } from './seccomp.ts';
import { signal } from './slot-user.ts';

/** Xvfb and PulseAudio end within milliseconds of SIGTERM; whatever hangs is killed. */
const STOP_GRACE_MS = 500;

/** Bytes kept of what it printed, for the sentence that says why it died. */
const OUTPUT_KEPT = 2_000;

/** A process that runs as long as its slot: started once, watched, stopped. */
export class Service {
  readonly name: string;
  readonly child: ChildProcess;
  /** How it ended, e.g. `Xvfb ended by SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
  /** The first process of its sandbox, with which all in it end; and the program, which is that one's child. */
  #init: number | undefined;
  #inner: number | undefined;
  #output = '';

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
    });
    this.ended = new Promise(resolve => {
      child.once('error', error => resolve(`${name} did not start: ${error.message}`));
      child.once('exit', (status, by) => {
        const { code, signal } = by === null ? fromStatus(status) : { code: null, signal: by };
        resolve(`${name} ended by ${signal ?? `itself with code ${code}`}`);
      });
    });
  }

  static start(name: string, argv: readonly string[], options: SpawnOptions): Service {
    const [program = '', ...args] = argv;
    return new Service(name, spawn(program, args, { ...options, cwd: '/' }));
  }

  /**
   * One that runs as `inDesktopSandbox` says. Resolves when there is the sandbox or it has ended. Descriptor 3 is a pipe of the program's.
   * @param isSandboxed whether there is a sandbox: not without root.
   */
  static async startSandboxed(
    name: string,
    argv: readonly string[],
    env: NodeJS.ProcessEnv,
    isSandboxed: boolean,
  ): Promise<Service> {
    const stdio: SpawnOptions['stdio'] = ['ignore', 'ignore', 'pipe', 'pipe'];
    if (!isSandboxed) return Service.start(name, argv, { env, stdio });
    const service = Service.start(name, argv, { env, stdio: [...stdio, 'pipe', 'pipe'] });
    give(service.child.stdio.at(DESKTOP_SECCOMP_FD), seccompFilter());
    const status = service.child.stdio.at(DESKTOP_STATUS_FD) as Readable | undefined;
    if (status) service.#init = await initPid(status);
    return service;
  }

  /** Of the program, not of what holds its sandbox. */
  get pid(): number {
    if (this.#init !== undefined) this.#inner ??= childOf(this.#init);
    return this.#inner ?? this.#init ?? this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it printed last, on one line. */
  get output(): string {
    return this.#output.trim().replaceAll('\n', ' | ');
  }

  /** Rejects with `host_failed` when it ends first or `timeoutMs` pass. */
  async ready<T>(becomesReady: Promise<T>, timeoutMs: number): Promise<T> {
    const cancel = new AbortController();
    const failure = Promise.race([
      this.ended,
      sleep(timeoutMs, `${this.name} was not ready after ${timeoutMs} ms`, { signal: cancel.signal }),
    ]).then(reason => {
      throw new NearcadeError('host_failed', reason, { cause: new Error(this.output) });
    });
    try {
      return await Promise.race([becomesReady, failure]);
    } finally {
      failure.catch(() => undefined);
      cancel.abort();
    }
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    signal(this.pid, 'SIGTERM');
    const kill = setTimeout(() => this.running && signal(this.#init ?? this.pid, 'SIGKILL'), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(kill);
  }
}

/** What `pid` has started (proc(5)); undefined before it has. */
function childOf(pid: number): number | undefined {
  try {
    return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10) || undefined;
  } catch {
    return undefined; // it has ended
  }
}
