import type { Page } from 'playwright-core';
import { type Platform, startPlatform } from '#local/platform.ts';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { readProbe } from '../../../games/probe/readout.ts';
import { grabPicture } from '../../support/picture.ts';
import { until } from '../../support/until.ts';
import { ServerPartsWatch } from '../floor/server-parts.ts';
import { PROBE_WATCH } from '../probe.ts';
import type { Host, Scene, Site, Target } from './target.ts';

const GAME = 'probe';
/** The one that plays, and one that is warm meanwhile. */
const SLOTS = 2;
/** What the first seat presses in the page (games/probe/game.json). */
const PRESS_CODE = 'Space';
const SCENE_CODES: Record<Scene, string> = { still: 'Digit1', busy: 'Digit2', scroll: 'Digit3' };
/** A game that looks once a frame sees it. */
const HOLD_MS = 80;
/** Until the seat is free and the slot that was left is warm again. */
const BETWEEN_SESSIONS_MS = 1_500;

/** The whole platform, played through its page by the first demo account. */
export class Nearcade implements Target {
  readonly name = 'nearcade';
  readonly #nodeConfig: Record<string, unknown>;
  #platform: Platform | undefined;

  constructor(nodeConfig: Record<string, unknown> = {}) {
    this.#nodeConfig = nodeConfig;
  }

  async prepare(host: Host): Promise<void> {
    this.#platform = await startPlatform({
      name: 'bench-latency',
      host: host.address,
      slots: SLOTS,
      signal: host.signal,
      nodeConfig: this.#nodeConfig,
    });
  }

  get platform(): Platform {
    if (this.#platform === undefined) throw new Error('prepare() comes first');
    return this.#platform;
  }

  async start(scene: Scene): Promise<Site> {
    const { platform } = this;
    return {
      origins: [platform.baseUrl],
      watch: { selector: '[data-testid=player-video]', ...PROBE_WATCH },
      key: PRESS_CODE,
      firstFrameFrom: 'click',
      pids: () => [platform.nodePid],
      async open(page) {
        await signIn(page, platform.baseUrl);
        await play(page);
      },
      async reopen(page) {
        await page.waitForTimeout(BETWEEN_SESSIONS_MS);
        await play(page);
      },
      async focus(page) {
        await page.getByTestId('player-video').click();
        await until(`the probe plays ${scene}`, async () => {
          if (readProbe(await grabPicture(page))?.scene === scene) return true;
          await page.keyboard.press(SCENE_CODES[scene], { delay: HOLD_MS });
          return false;
        });
      },
      watchParts: () => ServerPartsWatch.start(platform),
      leave,
      async close() {},
    };
  }

  async close(): Promise<void> {
    await this.#platform?.close();
  }
}

async function signIn(page: Page, baseUrl: string): Promise<void> {
  const [account] = DEMO_ACCOUNTS;
  await page.goto(baseUrl);
  await page.getByTestId('signin-email').fill(account.email);
  await page.getByTestId('signin-password').fill(account.password);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId(`play-${GAME}`).waitFor();
}

/** Its click is the one from which the first frame counts. */
async function play(page: Page): Promise<void> {
  await page.getByTestId(`play-${GAME}`).click();
}

async function leave(page: Page): Promise<void> {
  await page.mouse.move(640, 10);
  await page.getByTestId('quit').click();
  const back = page.getByTestId('back-to-library');
  const library = page.getByTestId(`play-${GAME}`);
  await back.or(library).first().waitFor();
  if (await back.isVisible()) await back.click();
  await library.waitFor();
}
