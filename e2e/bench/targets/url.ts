import type { Page } from 'playwright-core';
import type { Watch } from '../observer/watch.ts';
import type { Site, Target } from './target.ts';

export interface UrlTargetOptions {
  /** Page that begins to stream by itself. */
  url: string;
  /** CSS selector of its <video> or <canvas>. */
  selector: string;
  /** Roots of the server's process trees. */
  pids: number[];
  /** KeyboardEvent.code to press. */
  key: string;
  /** Where the press shows, and the frame counter if there is one. */
  watch: Omit<Watch, 'selector'>;
}

/** Any other system that runs already: it plays what it plays, whatever scene is asked for. */
export class UrlTarget implements Target {
  readonly name = 'url';
  readonly #options: UrlTargetOptions;

  constructor(options: UrlTargetOptions) {
    this.#options = options;
  }

  async prepare(): Promise<void> {}

  async start(): Promise<Site> {
    const { url, selector, pids, key, watch } = this.#options;
    const open = async (page: Page) => {
      await page.goto(url);
    };
    return {
      origins: [new URL(url).origin],
      watch: { selector, ...watch },
      key,
      firstFrameFrom: 'navigation',
      pids: () => pids,
      open,
      reopen: open,
      focus: page => page.locator(selector).last().click(),
      async leave() {},
      async close() {},
    };
  }

  async close(): Promise<void> {}
}
