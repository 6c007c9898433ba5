import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { changedPart, colourCount } from './support/picture.ts';
import { Player } from './support/player.ts';
import { readProbe } from './support/probe.ts';
import { SharedPlatform } from './support/shared-platform.ts';
import { until } from './support/until.ts';

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

/** Plays a game of Debian's: its picture lives, and what `act` does has a visible effect. */
async function playDebianGame(slug: string, act: (player: Player) => Promise<void>): Promise<void> {
  const player = await Player.open(browser, platform.baseUrl);
  try {
    await player.register('Dora');
    await player.play(slug);
    await until('a picture with content', async () => colourCount(await player.picture()) > 24, 45_000);
    await player.waitForStillness();
    const before = await player.picture();
    const framesBefore = await player.decodedFrames();
    await act(player);
    await player.waitForChange(before, 0.05);
    expect(await player.decodedFrames()).toBeGreaterThan(framesBefore);
    await player.quit();
  } finally {
    await player.close();
  }
}

describe('Debian games', () => {
  it('plays The Question by mouse and keyboard', () =>
    playDebianGame('the-question', async player => {
      const title = await player.picture();
      // "Start" of the title screen.
      await player.page.mouse.move(72, 262, { steps: 5 });
      await player.page.waitForTimeout(300);
      await player.page.mouse.down();
      await player.page.waitForTimeout(120);
      await player.page.mouse.up();
      await player.waitForChange(title, 0.05);
      // The first line is on the screen; Enter brings the next one.
      await player.waitForStillness();
      const firstLine = await player.picture();
      await player.press('Enter', 120);
      await player.waitForChange(firstLine, 0.002);
    }));

  it('plays Freedoom by keyboard', () =>
    playDebianGame('freedoom', async player => {
      await player.focus();
      for (const key of ['Escape', 'Enter', 'Enter', 'Enter']) {
        await player.press(key, 120);
        await player.page.waitForTimeout(400);
      }
    }));

  it('plays Mr.Boom by keyboard', () =>
    playDebianGame('mrboom', async player => {
      await player.focus();
      // It goes on from its title by itself after a while, to where nothing happens before somebody has joined and has a name, and
      // where a twentieth of the picture moves anyhow: these keys lead on from either.
      const before = await player.picture();
      const keys = ['Enter', 'KeyX', 'KeyX', 'KeyX', 'KeyX', 'Space', 'Enter'];
      let pressed = 0;
      await until(
        'the keys lead on',
        async () => {
          await player.press(keys[pressed++ % keys.length] ?? 'Enter', 120);
          await player.page.waitForTimeout(500);
          return changedPart(before, await player.picture()) >= 0.5;
        },
        90_000,
      );
    }));
});

describe('probe', () => {
  it('is played by two, watched by a third, and picked up again', async () => {
    const host = await Player.open(browser, platform.baseUrl);
    const guest = await Player.open(browser, platform.baseUrl);
    const watcher = await Player.open(browser, platform.baseUrl);
    try {
      await host.register('Hanna');
      await host.play('probe');
      await host.focus();

      // Frames keep coming and the press shows in the decoded pixels, in seat 1's block alone.
      const start = await readProbe(host);
      await host.press('Space');
      await until('seat 1 counted the press', async () => {
        const now = await readProbe(host);
        return now.presses[0] === (start.presses[0] ?? 0) + 1;
      });
      const pressed = await readProbe(host);
      expect(pressed.colours[0]).not.toBe(start.colours[0]);
      expect(pressed.presses.slice(1)).toEqual(start.presses.slice(1));
      await until('the frame counter goes on', async () => (await readProbe(host)).frame > pressed.frame);

      // The press beeps.
      const quiet = await host.sound();
      await host.press('Space');
      await until('the beep arrived', async () => (await host.sound()).energy > quiet.energy + 1e-4);

      await playByMouse(host);

      // A second browser takes seat 2 through the share link; its keys move seat 2 only.
      const link = await host.shareLink();
      await guest.joinByLink(link, 'Gustav', 'player');
      await guest.focus();
      const beforeGuest = await readProbe(host);
      await guest.press('Space');
      await until('seat 2 counted the press', async () => {
        const now = await readProbe(host);
        return now.presses[1] === (beforeGuest.presses[1] ?? 0) + 1;
      });
      expect((await readProbe(host)).presses[0]).toBe(beforeGuest.presses[0]);
      expect((await readProbe(guest)).presses).toEqual((await readProbe(host)).presses);

      // A spectator sees, and can do nothing: not by keys, nor by speaking to the node past the page.
      await watcher.joinByLink(link, 'Walter', 'spectator');
      const beforeWatcher = await readProbe(watcher);
      await watcher.focus();
      await watcher.press('Space');
      expect(await askForInputChannel(watcher)).toBe('forbidden');
      await watcher.page.waitForTimeout(700);
      expect((await readProbe(host)).presses).toEqual(beforeWatcher.presses);

      // The guest quits: the seat is free for somebody else, and the guest for another game.
      await guest.quit();
      await guest.page.goto(platform.baseUrl);
      await guest.play('mrboom');
      await guest.quit();

      // All players leave; the host comes back inside the window: the same game, its counter did not restart.
      await guest.close();
      const left = await readProbe(host);
      await host.page.goto('about:blank');
      await host.page.waitForTimeout(1500);
      await host.page.goto(platform.baseUrl);
      await host.page.getByTestId('continue-session').click();
      await host.waitForPicture();
      const back = await readProbe(host);
      expect(back.frame).toBeGreaterThan(left.frame);
      expect(back.presses).toEqual(left.presses);
    } finally {
      await host.close();
      await guest.close();
      await watcher.close();
    }
  });
});

/** The pointer is where the mouse is on the picture, the wheel turns, and once the game has taken the mouse its motion counts. */
async function playByMouse(player: Player): Promise<void> {
  const { page } = player;
  const pointer = async () => (await readProbe(player)).pointer;
  const isAt = (x: number, y: number) =>
    until(`the pointer is at ${x}, ${y}`, async () => {
      const now = await pointer();
      return Math.abs(now.x - x) <= 1 && Math.abs(now.y - y) <= 1;
    });
  await page.mouse.move(320, 500);
  await isAt(320, 500);
  const { wheel } = await readProbe(player);
  for (let notch = 0; notch < 3; notch++) await page.mouse.wheel(0, 120);
  await until('the wheel has turned', async () => (await readProbe(player)).wheel === (wheel + 3) % 256);

  await tellPointerLock(player, true);
  await page.getByTestId('pointer-hint').waitFor();
  await page.mouse.click(320, 500);
  await page.getByTestId('pointer-hint').waitFor({ state: 'detached' });
  const { x, y } = await pointer();
  await page.mouse.move(360, 470);
  await isAt(x + 40, y - 30);
  await tellPointerLock(player, false);
  await page.mouse.move(640, 400);
  await isAt(640, 400);
}

/** As the node does for a game that takes the mouse, which the probe does not. */
function tellPointerLock(player: Player, locked: boolean): Promise<void> {
  return player.page.evaluate(isLocked => {
    const data = JSON.stringify({ type: 'pointerLock', locked: isLocked });
    window.testSockets.at(-1)?.dispatchEvent(new MessageEvent('message', { data }));
  }, locked);
}

/** Sends a raw request for an input channel over the page's own socket; the code that the node answers. */
function askForInputChannel(player: Player): Promise<string> {
  return player.page.evaluate(
    () =>
      new Promise<string>(resolve => {
        const socket = window.testSockets.at(-1);
        socket?.addEventListener('message', event => {
          const message = JSON.parse(String(event.data)) as {
            type: string;
            id?: number;
            error?: { code: string };
          };
          if (message.type === 'response' && message.id === 99_001) resolve(message.error?.code ?? 'allowed');
        });
        socket?.send(
          JSON.stringify({
            type: 'produceData',
            id: 99_001,
            channel: 'keys',
            sctpStreamParameters: { streamId: 0, ordered: true },
          }),
        );
      }),
  );
}
