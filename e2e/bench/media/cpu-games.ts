import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ROOT } from '#local/paths.ts';
import { startPlatform } from '#local/platform.ts';
import { launchBrowser } from '../../support/browser.ts';
import { Player } from '../../support/player.ts';
import { CpuMeter, cpuPerMinute } from '../cpu.ts';
import { BENCH_DIR } from '../run.ts';
import { runPart } from './session.ts';

/** Keys that make something happen in each game, so that it is played and not shown. */
const GAMES: Record<string, { keys: readonly string[]; settleS: number }> = {
  'the-question': { keys: ['Enter'], settleS: 12 },
  freedoom: { keys: ['Enter', 'ArrowUp', 'ArrowLeft', 'Space'], settleS: 6 },
  mrboom: { keys: ['Enter', 'ArrowRight', 'ArrowDown', 'Space'], settleS: 6 },
  probe: { keys: ['Space'], settleS: 3 },
};

const PICTURES = [
  { width: 640, height: 360, fps: 30 },
  { width: 1280, height: 720, fps: 30 },
] as const;

/** So long nobody touches anything, and the picture's refining is over. */
const IDLE_AFTER_S = 3;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, games: { type: 'string' } },
});
const seconds = Number(values.seconds);

interface Cost {
  game: string;
  picture: string;
  /** Seconds of processor time of the node, with all that runs for the session, for a minute of stream. */
  playedPerMinute: number;
  idlePerMinute: number;
  /** Sessions that one core carries while they are played. */
  sessionsPerCore: number;
}

/** What a session of each game costs the node: game, display, sound, encoder, SFU and node together. */
await runPart(async signal => {
  const games = values.games?.split(',') ?? Object.keys(GAMES);
  const costs: Cost[] = [];
  for (const picture of PICTURES) {
    const gamesDir = await gamesWith(picture, games);
    const platform = await startPlatform({
      name: 'bench-cpu',
      slots: 1,
      signal,
      nodeConfig: { gamesDir },
    });
    try {
      const bare = await cpuPerMinute([platform.nodePid], seconds, signal);
      const browser = await launchBrowser();
      for (const game of games) {
        const player = await Player.open(browser, platform.baseUrl);
        await player.register('Bench');
        await player.play(game);
        const cost = await measureGame(player, game, platform.nodePid, signal);
        costs.push({
          game,
          picture: `${picture.width}x${picture.height} ${picture.fps}`,
          playedPerMinute: cost.played,
          idlePerMinute: cost.idle,
          sessionsPerCore: 60 / Math.max(cost.played - bare, 0.01),
        });
        await player.quit();
        await player.close();
      }
      await browser.close();
    } finally {
      await platform.close();
      await rm(gamesDir, { recursive: true, force: true });
    }
  }
  return { seconds, costs };
});

async function measureGame(player: Player, game: string, nodePid: number, signal: AbortSignal) {
  const { keys, settleS } = GAMES[game] ?? { keys: [], settleS: 3 };
  await player.focus();
  await sleep(settleS * 1000, undefined, { signal });
  const meter = new CpuMeter([nodePid]);
  meter.watch();
  const begun = performance.now();
  for (let i = 0; performance.now() - begun < seconds * 1000; i++) {
    await player.press(keys[i % keys.length] ?? 'Space');
    await sleep(400, undefined, { signal });
  }
  const played = (meter.seconds() / (performance.now() - begun)) * 60_000;
  meter.stop();
  await sleep(IDLE_AFTER_S * 1000, undefined, { signal });
  return { played, idle: await cpuPerMinute([nodePid], seconds, signal) };
}

/** The games with another picture. */
async function gamesWith(picture: object, games: readonly string[]): Promise<string> {
  const folder = join(BENCH_DIR, 'games');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const game of games) {
    await cp(join(ROOT, 'games', game), join(folder, game), { recursive: true });
    const file = join(folder, game, 'game.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.picture = { ...manifest.picture, ...picture };
    await writeFile(file, JSON.stringify(manifest));
  }
  return folder;
}
