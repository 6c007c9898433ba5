import type { SlotUser } from './slot-user.ts';

/** What every process of a slot gets of the environment, and nothing more: the node's own holds its secrets. */
export const BASE_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/games',
  LANG: 'C.UTF-8',
};

/**
 * Runs `argv` as the slot's user, without any capability and with no way to gain one. `diesWithParent`: SIGKILL when
 * the process that starts it is gone, so that nothing survives a node that was killed (PR_SET_PDEATHSIG is lost when
 * credentials change, so setpriv, which sets it afterwards, has to be the one that does).
 */
export function asSlotUser(user: SlotUser, argv: readonly string[], diesWithParent: boolean): string[] {
  const identity = user.separate
    ? [
        `--reuid=${user.uid}`,
        `--regid=${user.gid}`,
        '--clear-groups',
        '--bounding-set=-all',
        '--inh-caps=-all',
      ]
    : [];
  const death = diesWithParent ? ['--pdeathsig=KILL'] : [];
  return ['setpriv', ...identity, ...death, '--no-new-privs', '--', ...argv];
}

/** Beside process `pid` in its IPC namespace: MIT-SHM segments are seen there and nowhere else. */
export function besideIpcOf(user: SlotUser, pid: number, argv: readonly string[]): string[] {
  if (!user.separate) return [...argv];
  return ['nsenter', `--ipc=/proc/${pid}/ns/ipc`, '--', ...argv];
}
