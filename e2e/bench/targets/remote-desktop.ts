import type { Page } from 'playwright-core';
import type { Child } from '#local/supervise/child.ts';
import { PROBE_CODE, PROBE_WATCH } from '../probe.ts';
import type { Host, Scene, Site, Target } from './target.ts';
import { startChild } from './x-display.ts';

/** What a system that is being started is given. */
export interface Launch {
  scene: Scene;
  host: Host;
  /** Starts a process that ends with the site. */
  start(name: string, command: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Child>;
  /** Also done when the site is closed, last one first. */
  defer(clean: () => void): void;
}

/** A system that serves, once its program plays. */
export interface Served {
  origin: string;
  /** Its page, which begins to stream by itself; below the origin. */
  path: string;
  /** Roots of its process trees. */
  pids: number[];
  /** Gives its picture the keyboard. */
  focus(page: Page): Promise<void>;
}

/** A remote desktop that plays the probe as its only program and shows it on a canvas. */
export class RemoteDesktop implements Target {
  readonly name: string;
  readonly #serve: (launch: Launch) => Promise<Served>;
  #host: Host | undefined;

  constructor(name: string, serve: (launch: Launch) => Promise<Served>) {
    this.name = name;
    this.#serve = serve;
  }

  async prepare(host: Host): Promise<void> {
    this.#host = host;
  }

  async start(scene: Scene): Promise<Site> {
    const host = this.#host;
    if (host === undefined) throw new Error('prepare() comes first');
    await using stack = new AsyncDisposableStack();
    const { origin, path, pids, focus } = await this.#serve({
      scene,
      host,
      async start(...child) {
        const started = await startChild(host, ...child);
        stack.defer(() => started.stop());
        return started;
      },
      defer: clean => stack.defer(clean),
    });
    const open = async (page: Page) => {
      await page.goto(`${origin}${path}`);
    };
    const owned = stack.move();
    return {
      origins: [origin],
      watch: { selector: 'canvas', ...PROBE_WATCH },
      key: PROBE_CODE,
      firstFrameFrom: 'navigation',
      pids: () => pids,
      open,
      reopen: open,
      focus,
      async leave() {},
      close: () => owned.disposeAsync(),
    };
  }

  async close(): Promise<void> {}
}
