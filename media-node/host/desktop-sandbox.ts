import { asSlotUser } from './privileges.ts';
import { systemMounts } from './sandbox.ts';
import type { SlotUser } from './slot-user.ts';

/** Descriptors that bwrap reads its filter from and tells its child's pid on; 3 is the program's own. */
export const DESKTOP_SECCOMP_FD = 4;
export const DESKTOP_STATUS_FD = 5;

export interface DesktopSandboxOptions {
  user: SlotUser;
  /** The program and its arguments, with paths as they are inside. */
  argv: readonly string[];
  /** Host folders that it may write to, by where it sees them. */
  writable: Readonly<Record<string, string>>;
  /** Host files that it may read, by where it sees them. */
  readable?: Readonly<Record<string, string>>;
  /** In an IPC namespace of its own, which the slot's game and tools then join (MIT-SHM). */
  ipc: boolean;
}

/**
 * A slot's X server or PulseAudio: a game talks to them as it likes, and one that takes them over is where they are. That is the slot's
 * user without a capability, under the games' system call filter, in mount, PID, network, UTS and cgroup namespaces with the
 * system's programs and libraries, the folder of its socket, and nothing else: no file of the node, none of the player's, no process but
 * its own. Without root there are no such namespaces: as the node's own user.
 */
export function inDesktopSandbox(options: DesktopSandboxOptions): string[] {
  const { user, argv, writable, readable = {}, ipc } = options;
  const program = asSlotUser(user, argv, true);
  if (!user.separate) return program;
  return [
    // Before bwrap: whoever joins finds the namespace by the program's pid.
    ...(ipc ? ['unshare', '--ipc', '--'] : []),
    ...['bwrap', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...(ipc ? [] : ['--unshare-ipc']),
    ...['--hostname', 'nearcade', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    // What setpriv needs to become the slot's user, and gives away with that.
    ...['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap(name => ['--cap-add', name]),
    ...['--seccomp', String(DESKTOP_SECCOMP_FD), '--json-status-fd', String(DESKTOP_STATUS_FD)],
    ...systemMounts(),
    ...Object.entries(readable).flatMap(([inside, path]) => ['--ro-bind', path, inside]),
    ...Object.entries(writable).flatMap(([inside, path]) => ['--bind', path, inside]),
    ...['--remount-ro', '/', '--chdir', '/', '--', ...program],
  ];
}
