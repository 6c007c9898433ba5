import type { Page } from 'playwright-core';
import type { Supervisor } from '#local/supervise/supervisor.ts';
import type { ServerParts } from '../floor/server-parts.ts';
import type { Watch } from '../observer/watch.ts';

/** What the program shows: nothing moving, busy parts, or the whole picture scrolling. */
export const SCENES = ['still', 'busy', 'scroll'] as const;
export type Scene = (typeof SCENES)[number];

/** Where a target has to serve from for one link. */
export interface Host {
  /** Address that the browser reaches it at. */
  address: string;
  /** Owns the processes that targets start. */
  supervisor: Supervisor;
  logDir: string;
  signal: AbortSignal;
}

/** One system that can play a scene in a browser. */
export interface Target {
  readonly name: string;
  /** Makes ready what all scenes of this link share. Call `close()` also when it throws. */
  prepare(host: Host): Promise<void>;
  /** Starts the program with a scene; resolves when a browser can come. */
  start(scene: Scene): Promise<Site>;
  /** Ends what `prepare` started. Idempotent. */
  close(): Promise<void>;
}

/** A target that plays one scene. */
export interface Site {
  /** Origins to treat as secure: see launchBenchBrowser. */
  readonly origins: string[];
  readonly watch: Watch;
  /** KeyboardEvent.code of the key that changes the block. */
  readonly key: string;
  /** Where the time to the first frame begins: at the last click, or when the page began to load. */
  readonly firstFrameFrom: 'click' | 'navigation';
  /** Roots of the process trees whose processor time the stream costs. */
  pids(): number[];
  /** From a fresh browser to the stream: the last thing that it does is the click or the navigation. */
  open(page: Page): Promise<void>;
  /** The same once more in that browser after `leave()`, for the time to the first frame when all is warm. */
  reopen(page: Page): Promise<void>;
  /** Gives the picture the keyboard, and sees to it that the scene is played. */
  focus(page: Page): Promise<void>;
  /** Begins to watch what a press takes of the server's parts, for the floor; where that can be seen. `end()` is idempotent. */
  watchParts?(): Promise<{ end(): ServerParts }>;
  /** Ends the stream: before it is opened once more, and before its browser goes. */
  leave(page: Page): Promise<void>;
  close(): Promise<void>;
}
