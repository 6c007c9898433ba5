import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { changedPart } from './support/picture.ts';
import { Player } from './support/player.ts';
import { readProbe } from './support/probe.ts';
import { SharedPlatform } from './support/shared-platform.ts';
import { until } from './support/until.ts';

const PHONE = {
  viewport: { width: 844, height: 390 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

let platform: SharedPlatform;
let browser: Browser;

beforeAll(async () => {
  platform = await SharedPlatform.enter();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

describe('input from a browser', () => {
  it('plays Mr.Boom by thumbs on a phone, and by a gamepad that is plugged in while it runs', async () => {
    const player = await Player.open(browser, platform.baseUrl, { device: PHONE, prepare: fakeGamepads });
    try {
      await player.register('Fay');
      await player.play('mrboom');
      const { page } = player;
      await page.getByTestId('touch-pad').waitFor();
      await until('the input channels are open', async () => {
        return (await page.getByTestId('player-surface').getAttribute('data-input')) === 'open';
      });
      await page.evaluate(() => window.testPad(0, true));
      await page.getByTestId('pad-hint').getByText('Your gamepad plays seat 1').waitFor();
      // From its title the game goes on by itself, to where a few words blink until somebody has joined and begins.
      await until(
        'players may join',
        async () => {
          const shown = await player.picture();
          await page.waitForTimeout(700);
          const part = changedPart(shown, await player.picture());
          return part > 0.01 && part < 0.5;
        },
        60_000,
      );
      const before = await player.picture();
      const thumb = page.getByTestId('touch-KeyX');
      await until(
        'the thumb has joined, and the gamepad begun',
        async () => {
          // Once to join, and a letter each for the name.
          for (let press = 0; press < 4; press++) {
            await thumb.tap();
            await page.waitForTimeout(300);
          }
          await page.evaluate(() => window.testPress(0, 9));
          await page.waitForTimeout(700);
          return changedPart(before, await player.picture()) >= 0.5;
        },
        60_000,
      );

      // A friend on the same sofa: their pad plays the next seat from its first press on.
      await page.evaluate(() => window.testPad(1, true));
      await page.getByTestId('pad-hint').getByText('Press a button of another gamepad').waitFor();
      await page.evaluate(() => window.testPress(1, 1));
      await page.getByTestId('pad-hint').getByText('Gamepad 2 plays seat 2').waitFor();
    } finally {
      await player.close();
    }
  });

  it('touches the picture, loses no press made before its channels are open, and outlives a guest who floods', async () => {
    const host = await Player.open(browser, platform.baseUrl, { device: PHONE, prepare: heldTransports });
    const guest = await Player.open(browser, platform.baseUrl, { prepare: keepChannels });
    try {
      await host.register('Theo');
      await host.page.getByTestId('play-probe').click();
      // What is pressed before there is a game is meant for none.
      await until('the game runs', () => host.page.evaluate(() => window.testRuns === true));
      expect(await host.page.getByTestId('player-surface').getAttribute('data-input')).toBe('closed');
      await host.press('Space', 30);
      await host.page.evaluate(() => window.testConnect());
      await host.waitForPicture();
      await until('the early press counts', async () => (await readProbe(host)).presses[0] === 1);

      // A tap clicks where it is.
      const box = await host.page.getByTestId('player-video').boundingBox();
      if (box === null) throw new Error('no picture');
      await host.page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
      await until('the pointer is where the finger was', async () => {
        const { pointer } = await readProbe(host);
        return Math.abs(pointer.x - 640) < 8 && Math.abs(pointer.y - 360) < 8;
      });

      await guest.joinByLink(await host.shareLink(), 'Flo', 'player');
      await guest.focus();
      await guest.press('Space', 60);
      await until('the press counts as soon as the channels are open', async () => {
        return (await readProbe(host)).presses[1] === 1;
      });
      await guest.page.evaluate(() => window.testFlood());
      for (let press = 2; press <= 5; press++) {
        await host.press('Space', 60);
        await until(`press ${press} counts`, async () => (await readProbe(host)).presses[0] === press);
      }
      // Three seconds of flood, where the browser gets to them.
      await guest.waitForState('ended', 120_000);
      expect(await guest.endReason()).toBe('input_flood');
      expect((await readProbe(host)).presses[0]).toBe(5);
      await host.press('Space', 60);
      await until('the host plays on', async () => (await readProbe(host)).presses[0] === 6);
    } finally {
      await host.close();
      await guest.close();
    }
  }, 240_000);
});

declare global {
  interface Window {
    testPad(index: number, connected: boolean): void;
    testPress(index: number, button: number): void;
    testRuns?: boolean;
    testConnect(): void;
    testFlood(): void;
  }
}

/** Two standard gamepads that the browser reports when the test says so: a machine of tests has none. */
function fakeGamepads(): void {
  /** How often a page looks at a press, however slow the machine: a tenth of a second at 60 frames. */
  const looks = 6;
  const pads = [0, 1].map(index => ({
    id: 'Test pad',
    index,
    connected: false,
    mapping: 'standard',
    axes: [0, 0, 0, 0],
    buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0, left: 0 })),
  }));
  const look = () => {
    for (const button of pads.flatMap(({ buttons }) => buttons)) {
      button.pressed = button.left > 0;
      button.left -= 1;
    }
    return pads.map(pad => (pad.connected ? pad : null));
  };
  Object.defineProperty(navigator, 'getGamepads', { value: look });
  window.testPad = (index, connected) => {
    Object.assign(pads[index] ?? {}, { connected });
    window.dispatchEvent(new Event(connected ? 'gamepadconnected' : 'gamepaddisconnected'));
  };
  window.testPress = (index, button) => Object.assign(pads[index]?.buttons[button] ?? {}, { left: looks });
}

/**
 * The transports' handshake begins when the test says so, and by the page's clock no time passes until then and until the channels are
 * open: what was pressed is not too old, however slow the machine is.
 */
function heldTransports(): void {
  const send = WebSocket.prototype.send;
  const waiting: (() => void)[] = [];
  const stopped = performance.now();
  const now = performance.now.bind(performance);
  let connected = false;
  const isOpen = () => document.querySelector('[data-testid=player-surface][data-input=open]') !== null;
  performance.now = () => (isOpen() ? now() : stopped);
  WebSocket.prototype.send = function (this: WebSocket, data) {
    if (!connected && typeof data === 'string' && data.includes('"connectTransport"')) {
      waiting.push(() => send.call(this, data));
    } else {
      send.call(this, data);
    }
  };
  window.testConnect = () => {
    connected = true;
    for (const each of waiting.splice(0)) each();
  };
  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget) as WebSocket;
      socket.addEventListener('message', event => {
        if (String(event.data).includes('"phase":"playing"')) window.testRuns = true;
      });
      return socket;
    },
  });
}

/**
 * Keeps the page's data channels, to flood two of them past the page's own code. The node is asked late to listen to them: until then it
 * takes nothing, though the browser calls them open.
 */
function keepChannels(): void {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (this: WebSocket, data) {
    const isLate = typeof data === 'string' && data.includes('"produceData"');
    if (isLate) setTimeout(() => send.call(this, data), 1500);
    else send.call(this, data);
  };
  /** Right messages, so that nothing but their number is wrong with them: let go of all, and motion. */
  const messages: Record<string, number[]> = { keys: [4], motion: [6, 1, 0, 1, 0] };
  /** A second, on each: over what is a flood, and not so many that SCTP chokes on them instead. */
  const rate = 3000;
  const channels: RTCDataChannel[] = [];
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (this: RTCPeerConnection, ...args) {
    const channel = create.apply(this, args);
    channels.push(channel);
    return channel;
  };
  window.testFlood = () => {
    const since = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = ((performance.now() - since) / 1000) * rate;
      try {
        for (; sent < due; sent++) {
          for (const channel of channels) {
            const message = messages[channel.label];
            if (message !== undefined && channel.bufferedAmount < 10_000)
              channel.send(new Uint8Array(message));
          }
        }
      } catch {
        clearInterval(timer); // it was cut off
      }
    }, 10);
  };
}
