import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '#local/platform.ts';
import { filesWith } from '#secrets/testing/files-with.ts';
import { ProcessWatch } from '#secrets/testing/process-watch.ts';
import { launchBrowser } from './support/browser.ts';
import { Player } from './support/player.ts';
import { descendantsNamed } from './support/processes.ts';
import { until } from './support/until.ts';

let platform: Platform;
let browser: Browser;
let watch: ProcessWatch;

beforeAll(async () => {
  watch = new ProcessWatch();
  platform = await startPlatform({ name: 'e2e-life', slots: 2 });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await platform?.close();
});

async function withPlayer(name: string, use: (player: Player) => Promise<void>): Promise<void> {
  const player = await Player.open(browser, platform.baseUrl);
  try {
    await player.register(name);
    await player.play('probe');
    await use(player);
  } finally {
    await player.close();
  }
}

describe('the end of a session is told', () => {
  it('when the game process is killed', () =>
    withPlayer('Karl', async player => {
      const games = descendantsNamed(platform.nodePid, 'probe');
      expect(games).toHaveLength(1);
      for (const pid of games) process.kill(pid, 'SIGKILL');
      await player.waitForState('ended');
      expect(await player.endReason()).toBe('game_crashed');
    }));

  it('when the host quits: the slot is free again', () =>
    withPlayer('Quentin', async player => {
      await player.quit();
      await until('the game has ended', () => descendantsNamed(platform.nodePid, 'probe').length === 0);
      await player.page.goto(platform.baseUrl);
      await player.play('probe');
      expect(await player.decodedFrames()).toBeGreaterThan(0);
    }));

  it('when the node gets SIGTERM', () =>
    withPlayer('Sigrid', async player => {
      const stopped = platform.stopNode('SIGTERM');
      await player.page.getByTestId('draining-notice').waitFor();
      await player.waitForState('ended');
      expect(await player.endReason()).toBe('node_draining');
      await stopped;
    }));
});

/** Every secret of the platform, each made at its start and nowhere else, and what is secret within a list or key. */
function secretTexts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .flatMap(text => [text, ...[...text.matchAll(/(?<="d":")[\w-]{43}/g)].map(([key]) => key)]);
}

it('nobody saw a secret of the platform that has played all this: in its logs, in process lists, in files that are open to others', () => {
  const texts = secretTexts(platform.paths.secrets);
  expect(texts.length).toBeGreaterThan(8);
  expect(filesWith(texts, [platform.paths.logs])).toEqual([]);
  expect(watch.end(texts)).toMatchObject({ hits: [] });
  // Programs that take a secret by a file have it in one that is theirs alone.
  const isOpen = (file: string) => (statSync(file).mode & 0o077) !== 0;
  expect(filesWith(texts, [platform.paths.dataDir], ['postgres']).filter(isOpen)).toEqual([]);
});
