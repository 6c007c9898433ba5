import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';

export interface Lock {
  /** Gives the lock up. Idempotent. */
  close(): Promise<void>;
}

/**
 * Takes the lock `name` of a folder, or answers undefined when another process has it. It is a Unix socket in the
 * abstract namespace (unix(7)): the kernel gives it to one process and takes it back when that one dies, however.
 */
export async function takeLock(folder: string, name: string): Promise<Lock | undefined> {
  const digest = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  const server = createServer(socket => socket.destroy());
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: `\0nearcade-${name}-${digest}` }, resolve);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    close() {
      closing ??= new Promise(resolve => server.close(() => resolve()));
      return closing;
    },
  };
}

const LOCK_POLL_MS = 200;

/** Takes the lock, waiting for whoever has it; `onWait` is called once when there is somebody. */
export async function waitForLock(
  folder: string,
  name: string,
  options: { signal: AbortSignal; onWait: () => void },
): Promise<Lock> {
  let told = false;
  for (;;) {
    options.signal.throwIfAborted();
    const lock = await takeLock(folder, name);
    if (lock !== undefined) return lock;
    if (!told) options.onWait();
    told = true;
    await new Promise(resolve => setTimeout(resolve, LOCK_POLL_MS));
  }
}
