import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Logger } from 'pino';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { X11Input } from '../input/x11-input.ts';
import type { Lookup } from './egress/addresses.ts';
import type { MatchLine } from './match-lines.ts';

export interface SlotHostOptions {
  /** Which slot of the node: also which uid, `uidBase + index`. */
  index: number;
  /**
   * Sockets and cookies of the slots, unique to this node process. Every directory above it must be traversable by
   * others (/run, /tmp: not /root), since display and sound run under the slot's uid. Becomes mode 0711.
   */
  runtimeDir: string;
  /** Where homes and saves live. May be private to root: what a game sees of it is mounted for it. */
  dataDir: string;
  /** The largest picture, in pixels; the display starts at this size and never grows beyond it. */
  maxWidth: number;
  maxHeight: number;
  /** The library that gives SDL games their pads (media-node/input/native); pads of a game are left out where it is missing. */
  padsLibrary: string;
  /** What makes pads devices of the kernel's, and of which device; without it they never are. */
  uinput?: { program: string; device: string };
  /** How the names that games may reach are looked up; the machine's resolver when absent. */
  lookup?: Lookup;
  /** First uid of the slots' range. No account of the machine may be in it, and no other node's slot. */
  uidBase: number;
  log: Logger;
}

export interface LaunchOptions {
  manifest: GameManifest;
  /** The game's folder, read-only in the game at /opt/games/<slug>. */
  gameDir: string;
  /** What was built for the game, read-only in the game at /opt/games-build/<slug>; it need not exist. */
  buildDir: string;
  /** The player's files, writable in the game at /home/player. Made when missing. */
  homeDir: string;
  sessionId: string;
}

export interface GameExit {
  code: number | null;
  signal: string | null;
  /** It was ended because it used more of this than it may. */
  overLimit?: 'memory' | 'disk';
}

export interface GameProcess {
  /** The sandbox's outermost process, as the node sees it. */
  readonly pid: number;
  /** Settles once, when no process of the game is left. Never rejects. */
  readonly exited: Promise<GameExit>;
  /** A window of the game is on the screen. Rejects with `game_failed` when the game exits before. */
  readonly firstWindow: Promise<void>;
  /** The last lines that the game printed, for the log of a failure. */
  readonly lastOutput: string;
  /** Hears what it says of its matches from now on; instead of who heard it before. */
  onMatch(listener: (line: MatchLine) => void): void;
  /** Holds all its processes (SIGSTOP), and lets them go on. */
  pause(): void;
  resume(): void;
  /** SIGTERM, then after `graceMs` (default 2000) SIGKILL to all that is left. Idempotent; resolves when it is gone. */
  close(graceMs?: number): Promise<void>;
}

export interface HostFailure {
  part: 'display' | 'sound';
  /** For the log, e.g. `Xvfb ended by SIGKILL`. */
  detail: string;
}

export interface ToolOptions {
  env?: Record<string, string>;
  stdio?: StdioOptions;
}

/** What a session needs of a slot; `SlotHost` is the one that is real. */
export interface HostedSlot {
  readonly index: number;
  /** DISPLAY, XAUTHORITY and PULSE_SERVER for a tool on the host; changes with `reset()`. */
  readonly displayEnv: Readonly<Record<string, string>>;
  /** The processes that this slot runs, each with those that it has started itself. */
  readonly pids: readonly number[];
  /** False while the display keeps whoever asks it waiting. */
  readonly displayAnswers: boolean;
  /** The players' input; another object after `reset()`. */
  readonly input: X11Input;
  /**
   * Starts a helper that we trust (capture and encode) as the slot's user, beside its display (same IPC namespace, so
   * that MIT-SHM works) and with the machine's network. It gets `displayEnv` and dies with the node or the slot.
   * argv[0] is an absolute path, which may lie where the slot's user cannot go, or a name on the system's PATH.
   */
  spawnTool(argv: readonly string[], options?: ToolOptions): ChildProcess;
  /** What the physical keys say to games from now on. A layout that cannot be set is logged. */
  setKeyboardLayout(layout: LayoutId): Promise<void>;
  /** Resizes the screen and every window on it. Rejects with `host_failed` above the slot's largest picture. */
  setPicture(width: number, height: number): Promise<void>;
  /** One game until `reset()`: rejects with `slot_busy` when there was one. A sandbox that does not start is a game that ends at once. */
  launchGame(options: LaunchOptions): Promise<GameProcess>;
  /** A home with nothing in it, for a game that is started before its player is known. */
  freshHome(): Promise<string>;
  /** That home becomes `to`, an empty folder, under the game that runs in it. */
  moveHome(to: string): Promise<void>;
  /** Ends a game that nobody has played: another one may be launched. */
  endGame(): Promise<void>;
  /** Called when display or sound ended by itself, at once; the slot then needs `reset()`. Returns the way to stop. */
  onFailure(listener: (failure: HostFailure) => void): () => void;
  /** Ends all that the session left and starts display and sound anew, so that nothing of one player reaches the next. */
  reset(): Promise<void>;
  /** Ends everything and removes its files. Idempotent. */
  close(): Promise<void>;
}
