import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';

/** SIGKILL takes a process this long at most, unless it hangs in the kernel. */
const KILL_TIMEOUT_MS = 2_000;
const KILL_POLL_MS = 5;

/** Whom the processes of a slot run as. */
export interface SlotUser {
  readonly uid: number;
  readonly gid: number;
  /**
   * Whether the slot has a uid to itself: when the node is root. Otherwise every slot runs under the node's own uid and
   * only namespaces keep them apart, which is for development: X servers and PulseAudios could be reached from each other.
   */
  readonly separate: boolean;
}

export function slotUser(uidBase: number, index: number): SlotUser {
  const own = process.getuid?.() ?? 0;
  if (own !== 0) return { uid: own, gid: process.getgid?.() ?? own, separate: false };
  return { uid: uidBase + index, gid: uidBase + index, separate: true };
}

/** Pids of the machine that run under `uid` (real, effective or saved), without those that are dead and not yet reaped. */
export function processesOf(uid: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      const status = statusOf(pid);
      if (isDead(status)) return false;
      return /^Uid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/).includes(String(uid)) ?? false;
    });
}

/** Kills every process of a slot's own uid and waits until none is left. Nothing to do for a shared uid. */
export async function killAll(user: SlotUser): Promise<void> {
  if (!user.separate) return;
  const giveUp = Date.now() + KILL_TIMEOUT_MS;
  for (let left = processesOf(user.uid); left.length > 0; left = processesOf(user.uid)) {
    if (Date.now() > giveUp) {
      throw new NearcadeError('host_failed', `Processes of uid ${user.uid} do not die: ${left.join(', ')}`);
    }
    for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(KILL_POLL_MS);
  }
}

/**
 * Refuses a uid that something runs under: killing it could hit another node's player. What a killed node left is
 * dying by itself (PR_SET_PDEATHSIG), so it gets a moment.
 */
export async function expectUnused(user: SlotUser): Promise<void> {
  if (!user.separate) return;
  const giveUp = Date.now() + KILL_TIMEOUT_MS;
  for (let left = processesOf(user.uid); left.length > 0; left = processesOf(user.uid)) {
    if (Date.now() > giveUp) {
      throw new NearcadeError(
        'host_failed',
        `uid ${user.uid} is in use by process ${left.join(', ')}: give this node another uid range`,
      );
    }
    await sleep(KILL_POLL_MS);
  }
}

/** Whether `pid` still runs: not gone, nor dead and waiting for whoever reaps orphans. */
export function runs(pid: number): boolean {
  return !isDead(statusOf(pid));
}

/** Signals a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isDead(status: string): boolean {
  return status === '' || /^State:\s+[ZX]/m.test(status);
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return ''; // ended between the listing and now
  }
}
