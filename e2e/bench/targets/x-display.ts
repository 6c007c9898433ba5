import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '#local/supervise/child.ts';
import { waitUntilReady } from '#local/supervise/wait.ts';
import type { Host } from './target.ts';

const FIRST_DISPLAY = 300;
const LAST_DISPLAY = 999;
const READY_TIMEOUT_MS = 20_000;

const socketOf = (display: number) => `/tmp/.X11-unix/X${display}`;

/** A display number that no X server uses. */
export function freeDisplay(): number {
  for (let display = FIRST_DISPLAY; display <= LAST_DISPLAY; display++) {
    if (!existsSync(socketOf(display)) && !existsSync(`/tmp/.X${display}-lock`)) return display;
  }
  throw new Error('No free X display.');
}

/** Resolves when the X server `child` takes clients. */
export function waitForDisplay(child: Child, display: number, signal: AbortSignal): Promise<void> {
  const ready = async () => existsSync(socketOf(display));
  return waitUntilReady(child, ready, { timeoutMs: READY_TIMEOUT_MS, signal });
}

/** Resolves when something answers HTTP there. */
export function waitForHttp(child: Child, url: string, signal: AbortSignal): Promise<void> {
  const ready = async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  return waitUntilReady(child, ready, { timeoutMs: READY_TIMEOUT_MS, signal });
}

/** Starts a process of a target; its log is named after it. */
export function startChild(
  host: Host,
  name: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  return host.supervisor.start(
    {
      name,
      command,
      args,
      cwd: '/',
      env: { ...process.env, ...env },
      logFile: `${host.logDir}/${name.replaceAll(' ', '-')}.log`,
    },
    { expendable: true },
  );
}

/** Throws the child's failure when it ends within `ms`: for a program that says nothing when it is ready. */
export async function staysUp(child: Child, ms: number): Promise<void> {
  const exit = await Promise.race([child.exited, sleep(ms)]);
  if (exit !== undefined) throw child.failure(exit);
}
