import { execFileSync } from 'node:child_process';
import { constants, mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks whether wrangler reads by now: it bundles and asks Cloudflare before that. */
const LOOK_EVERY_MS = 20;

/**
 * Runs `run` with the path of a "file" that holds the secrets as JSON, for wrangler's --secrets-file: a named pipe in a folder that only we
 * can enter, which is read once. They are never on a disk, whatever becomes of us.
 */
export async function withSecretsPipe<T>(
  folder: string,
  secrets: Readonly<Record<string, string>>,
  run: (file: string) => Promise<T>,
): Promise<T> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'secrets.json');
  execFileSync('mkfifo', ['-m', '600', file]);
  const over = new AbortController();
  const handedOver = handOver(file, JSON.stringify(secrets), over.signal);
  try {
    return await run(file);
  } finally {
    over.abort();
    await handedOver;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes it once somebody reads; never waits for a reader who does not come (fifo(7): ENXIO), nor for one who ends half-way (EPIPE). */
async function handOver(path: string, text: string, over: AbortSignal): Promise<void> {
  const pause = () => sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => {});
  while (!over.aborted) {
    try {
      await using pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
      let rest = Buffer.from(text);
      while (rest.length > 0 && !over.aborted) {
        // A pipe holds 64 KiB (pipe(7)): more goes in as it is read.
        const written = await pipe.write(rest).catch(whenFull);
        if (written === undefined) await pause();
        else rest = rest.subarray(written.bytesWritten);
      }
      return;
    } catch (error) {
      // A reader who ends half-way has said why itself.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') return;
      await pause();
    }
  }
}

function whenFull(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EAGAIN') throw error;
}
