import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { NearcadeError } from '#shared/errors.ts';
import { pack } from './pack.ts';
import type { SaveAnswer, SaveJob } from './save-thread.ts';
import { walk } from './tree.ts';
import { unpack } from './unpack.ts';

/** The thread of `SaveThread`. */

// On Linux this is the calling thread's alone (setpriority(2), "C library/kernel differences"): games and encoders come first.
setPriority(19);

function carryOut(job: SaveJob): unknown {
  switch (job.kind) {
    case 'scan':
      return walk(job.home, job.paths);
    case 'pack':
      return pack(job.home, job.paths, job.file);
    case 'unpack':
      return unpack(job.file, job.sha256, job.target);
  }
}

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (job: SaveJob & { id: number }) => {
  last = last.then(async () => {
    const answer: SaveAnswer = { id: job.id };
    try {
      answer.result = await carryOut(job);
    } catch (error) {
      answer.failure =
        error instanceof NearcadeError
          ? { code: error.code, message: error.message }
          : { code: 'internal', message: String(error) };
    }
    parentPort?.postMessage(answer);
  });
});
