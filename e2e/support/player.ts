import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { changedPart, grabPicture, type Picture } from './picture.ts';
import { until } from './until.ts';

const PASSWORD = 'correct horse battery';

/** Somebody at a browser of their own: what they do on the page, and what they see. */
export class Player {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #baseUrl: string;

  private constructor(context: BrowserContext, page: Page, baseUrl: string) {
    this.#context = context;
    this.page = page;
    this.#baseUrl = baseUrl;
  }

  /** `device`: a screen other than a desktop's, e.g. a phone's. `prepare` runs in each page before its own scripts. */
  static async open(
    browser: Browser,
    baseUrl: string,
    { device = {}, prepare }: { device?: BrowserContextOptions; prepare?: () => void } = {},
  ): Promise<Player> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...device });
    await context.addInitScript(keepSocketsAndPeers);
    if (prepare !== undefined) await context.addInitScript(prepare);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return new Player(context, page, baseUrl);
  }

  /** Makes an account through the page and ends in the library; answers its e-mail address. */
  async register(name: string): Promise<string> {
    await this.page.goto(this.#baseUrl);
    const email = await this.#fillRegistration(name);
    await this.page.getByTestId('game-card-probe').waitFor();
    return email;
  }

  /** Signs in to an account made by `register`, as another device of it. */
  async signIn(email: string): Promise<void> {
    await this.page.goto(this.#baseUrl);
    await this.page.getByTestId('signin-email').fill(email);
    await this.page.getByTestId('signin-password').fill(PASSWORD);
    await this.page.getByTestId('signin-submit').click();
    await this.page.getByTestId('game-card-probe').waitFor();
  }

  async #fillRegistration(name: string): Promise<string> {
    const email = `${name.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}@example.test`;
    await this.page.getByTestId('register-toggle').click();
    await this.page.getByTestId('register-name').fill(name);
    await this.page.getByTestId('signin-email').fill(email);
    await this.page.getByTestId('signin-password').fill(PASSWORD);
    await this.page.getByTestId('signin-submit').click();
    return email;
  }

  /** Presses Play on the game's card and waits for the first picture. */
  async play(slug: string): Promise<void> {
    await this.page.getByTestId(`play-${slug}`).click();
    await this.waitForPicture();
  }

  /** Follows a share link as somebody without an account. */
  async joinByLink(link: string, name: string, role: 'player' | 'spectator'): Promise<void> {
    await this.page.goto(link);
    await this.#fillRegistration(name);
    await this.page.getByTestId(`join-as-${role}`).click();
    await this.waitForPicture();
  }

  async waitForState(state: string, timeoutMs = 60_000): Promise<void> {
    await until(
      `the page says ${state}`,
      async () => (await this.page.getByTestId('session-state').textContent())?.trim() === state,
      timeoutMs,
    );
  }

  async waitForPicture(): Promise<void> {
    await this.waitForState('playing');
    await until('a decoded frame', async () => (await this.decodedFrames()) > 0);
  }

  /** Frames that the browser has decoded so far. */
  decodedFrames(): Promise<number> {
    return this.page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid=player-video]');
      return video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    });
  }

  /** Gives the picture the keyboard (and the mouse, where the game takes it), once the seat's input channels are open. */
  async focus(): Promise<void> {
    await this.page.getByTestId('player-video').click();
    await until('the input channels are open', async () => {
      const state = await this.page.getByTestId('player-surface').getAttribute('data-input');
      const isSpectator = await this.page.getByTestId('spectator-badge').isVisible();
      return state === 'open' || isSpectator;
    });
  }

  /** Holds a key for a moment: games that look once a frame must see it. */
  async press(code: string, holdMs = 80): Promise<void> {
    await this.page.keyboard.down(code);
    await this.page.waitForTimeout(holdMs);
    await this.page.keyboard.up(code);
  }

  picture(): Promise<Picture> {
    return grabPicture(this.page);
  }

  /** Waits until at least `part` of the picture differs from `before`. */
  async waitForChange(before: Picture, part: number, timeoutMs = 20_000): Promise<void> {
    await until(
      `${part * 100}% of the picture changed`,
      async () => changedPart(before, await this.picture()) >= part,
      timeoutMs,
    );
  }

  /** Waits until the picture has stopped changing much, or has kept changing long enough to be taken as it is. */
  async waitForStillness(patienceMs = 8000): Promise<void> {
    const deadline = performance.now() + patienceMs;
    let last = await this.picture();
    while (performance.now() < deadline) {
      await this.page.waitForTimeout(1000);
      const now = await this.picture();
      if (changedPart(last, now) < 0.01) return;
      last = now;
    }
  }

  /** Ends the session by the page's own button; the pointer is freed first, as Escape does. */
  async quit(): Promise<void> {
    await this.page.evaluate(() => document.exitPointerLock());
    await this.page.mouse.move(640, 300);
    await this.page.mouse.move(640, 360);
    await this.page.getByTestId('quit').click();
    await this.waitForState('ended');
  }

  /** The code of why the session ended. */
  async endReason(): Promise<string | null> {
    return this.page.getByTestId('end-reason').getAttribute('data-reason');
  }

  async shareLink(): Promise<string> {
    const link = this.page.getByTestId('share-link');
    const href = (await link.getAttribute('href')) ?? (await link.getAttribute('value'));
    if (href === null) throw new Error('no share link on the page');
    return new URL(href, this.#baseUrl).href;
  }

  /** Bytes of sound that have arrived and the energy in them (W3C webrtc-stats: totalAudioEnergy). */
  sound(): Promise<{ bytes: number; energy: number }> {
    return this.page.evaluate(async () => {
      let bytes = 0;
      let energy = 0;
      for (const peer of window.testPeers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue;
          bytes += report.bytesReceived;
          energy += report.totalAudioEnergy ?? 0;
        }
      }
      return { bytes, energy };
    });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

declare global {
  interface Window {
    /** What the page opened, kept by the test so that it can speak past the app. */
    testPeers: RTCPeerConnection[];
    testSockets: WebSocket[];
  }
}

function keepSocketsAndPeers(): void {
  window.testPeers = [];
  window.testSockets = [];
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, args, newTarget) {
      const peer = Reflect.construct(target, args, newTarget) as RTCPeerConnection;
      window.testPeers.push(peer);
      return peer;
    },
  });
  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget) as WebSocket;
      window.testSockets.push(socket);
      return socket;
    },
  });
}
