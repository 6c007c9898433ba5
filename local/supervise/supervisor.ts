import { randomUUID } from 'node:crypto';
import type { NearcadeError } from '#shared/errors.ts';
import { Child, type ChildSpec } from './child.ts';
import { clearRecord, writeRecord } from './run-record.ts';

/**
 * Owns the processes of one running platform: starts them, writes down who they are (so that the next start finds
 * what a SIGKILL of this process left), reports the first unwanted exit, and ends them, the last started first.
 */
export class Supervisor {
  readonly id = randomUUID();
  /** Resolves with the reason when a child ends that nobody asked to end. Never rejects. */
  readonly failed: Promise<NearcadeError>;
  readonly #runFile: string;
  readonly #children: Child[] = [];
  #reportFailure: (error: NearcadeError) => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(runFile: string) {
    this.#runFile = runFile;
    this.failed = new Promise(resolve => {
      this.#reportFailure = resolve;
    });
    this.#record();
  }

  /**
   * Starts a child. One that is `expendable` may end by itself, or be ended by a test, without failing the platform.
   * Throws `service_failed` when it can't be run.
   */
  async start(spec: ChildSpec, options: { expendable?: boolean } = {}): Promise<Child> {
    const child = await Child.spawn(spec, this.id);
    this.#children.push(child);
    this.#record();
    void child.exited.then(exit => {
      this.#children.splice(this.#children.indexOf(child), 1);
      this.#record();
      if (!child.stopping && this.#closing === undefined && options.expendable !== true) {
        this.#reportFailure(child.failure(exit));
      }
    });
    // Somebody may have closed us while the child was being born.
    if (this.#closing !== undefined) await child.stop();
    return child;
  }

  /** Ends every child that still runs, in the reverse order of their start. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
    clearRecord(this.#runFile);
  }

  #record(): void {
    writeRecord(this.#runFile, {
      id: this.id,
      children: this.#children.map(({ name, pid, startTime }) => ({ name, pid, startTime })),
    });
  }
}
