import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { asSlotUser, BASE_ENV, besideIpcOf } from './privileges.ts';
import { type SlotUser, signal } from './slot-user.ts';
import type { ToolOptions } from './types.ts';

/** Programs of ours that run beside a slot's game as the slot's user: the media helper, setxkbmap. */
export class SlotTools {
  readonly #user: SlotUser;
  readonly #home: string;
  readonly #running = new Set<ChildProcess>();

  constructor(user: SlotUser, home: string) {
    this.#user = user;
    this.#home = home;
  }

  get pids(): number[] {
    return [...this.#running].flatMap(tool => tool.pid ?? []);
  }

  /** `ipcPid`: a process whose IPC namespace the tool is to be in. */
  spawn(argv: readonly string[], ipcPid: number, { env = {}, stdio = 'pipe' }: ToolOptions): ChildProcess {
    const [program = '', ...args] = argv;
    const descriptors: StdioOptions = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
    // The slot's user cannot reach a program in a private clone, but it can run one that we opened for it.
    const opened = isAbsolute(program) ? openSync(program, 'r') : undefined;
    const runnable = opened === undefined ? program : `/proc/self/fd/${descriptors.length}`;
    if (opened !== undefined) descriptors.push(opened);
    const command = asSlotUser(this.#user, [runnable, ...args], true);
    const [outer = '', ...rest] = besideIpcOf(this.#user, ipcPid, command);
    const tool = spawn(outer, rest, {
      cwd: '/',
      env: { ...BASE_ENV, HOME: this.#home, ...env },
      stdio: descriptors,
    });
    if (opened !== undefined) closeSync(opened);
    this.#running.add(tool);
    tool.once('exit', () => this.#running.delete(tool));
    return tool;
  }

  killAll(): void {
    for (const pid of this.pids) signal(pid, 'SIGKILL');
  }
}
