import { Worker } from 'node:worker_threads';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import type { Packed } from './pack.ts';
import type { TreeFacts } from './tree.ts';

/** What the thread does (save-worker.ts). */
export type SaveJob =
  | { kind: 'scan'; home: string; paths: readonly string[] }
  | { kind: 'pack'; home: string; paths: readonly string[]; file: string }
  | { kind: 'unpack'; file: string; sha256: string; target: string };

export interface SaveAnswer {
  id: number;
  result?: unknown;
  failure?: { code: ErrorCode; message: string };
}

/**
 * A thread of the lowest priority that looks through, packs and unpacks saves, one after another: neither the node's own thread nor a
 * game waits for it. Starts with the first job, and anew after one that has ended it.
 */
export class SaveThread {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  /** Throws `save_too_large`. */
  scan(home: string, paths: readonly string[]): Promise<TreeFacts> {
    return this.#do({ kind: 'scan', home, paths }) as Promise<TreeFacts>;
  }

  /** Packs into `file`. Throws `save_too_large` or `save_unsteady`. */
  pack(home: string, paths: readonly string[], file: string): Promise<Packed> {
    return this.#do({ kind: 'pack', home, paths, file }) as Promise<Packed>;
  }

  /** Unpacks into `target`, an empty folder. Throws `save_invalid`. */
  async unpack(file: string, sha256: string, target: string): Promise<void> {
    await this.#do({ kind: 'unpack', file, sha256, target });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #do(job: SaveJob): Promise<unknown> {
    this.#lastId += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, answer);
    const worker = this.#running();
    worker.ref();
    worker.postMessage({ ...job, id: this.#lastId });
    return answer.promise;
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./save-worker.ts', import.meta.url));
    worker.on('message', ({ id, result, failure }: SaveAnswer) => {
      const answer = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) answer?.resolve(result);
      else answer?.reject(new NearcadeError(failure.code, failure.message));
      if (this.#waiting.size === 0) worker.unref();
    });
    let cause: unknown;
    worker.on('error', error => {
      cause = error;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) {
        reject(new NearcadeError('internal', 'The thread for saves has ended', { cause }));
      }
      this.#waiting.clear();
    });
    this.#worker = worker;
    return worker;
  }
}
