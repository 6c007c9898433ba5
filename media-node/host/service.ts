import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
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
  #output = '';

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
    });
    this.ended = new Promise(resolve => {
      child.once('error', error => resolve(`${name} did not start: ${error.message}`));
      child.once('exit', (code, by) => resolve(`${name} ended by ${by ?? `itself with code ${code}`}`));
    });
  }

  static start(name: string, argv: readonly string[], options: SpawnOptions): Service {
    const [program = '', ...args] = argv;
    return new Service(name, spawn(program, args, { ...options, cwd: '/' }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
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
    const kill = setTimeout(() => this.running && signal(this.pid, 'SIGKILL'), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(kill);
  }
}
