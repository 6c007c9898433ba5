import { parseArgs } from 'node:util';
import { type ClickTimes, clickCold, clickWarm } from './click-to-frame.ts';
import { runPart } from './media/session.ts';
import { percentile } from './stats.ts';

/** It takes some seconds to its title. */
const SLOW_GAME = 'the-question';
const SLOW_RUNS = 2;
const COLD_RUNS = 3;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '6' } } });

/**
 * From the click on Play to the first frame: on a warm slot with the game started ahead and without, and on one that is not warm, from
 * a browser that has never been there. And to the first picture of a game that takes long to start.
 */
await runPart(async signal => {
  const runs = Number(values.runs);
  const ahead = await clickWarm({ game: 'probe', runs, prestart: true, signal });
  const warm = await clickWarm({ game: 'probe', runs, prestart: false, signal });
  const cold = await clickCold('probe', COLD_RUNS, signal);
  const slow = { game: SLOW_GAME, runs: SLOW_RUNS, signal };
  const slowAhead = await clickWarm({ ...slow, prestart: true });
  const slowWarm = await clickWarm({ ...slow, prestart: false });
  return {
    runs,
    clickMs: {
      ahead: figures(ahead),
      warm: figures(warm),
      cold: figures(cold),
      slowAhead: figures(slowAhead),
      slowWarm: figures(slowWarm),
    },
  };
});

function figures(times: readonly ClickTimes[]) {
  const frames = times.map(({ frameMs }) => frameMs);
  return {
    frameP50: percentile(frames, 0.5),
    frameMost: percentile(frames, 1),
    gameP50: percentile(
      times.map(({ gameMs }) => gameMs),
      0.5,
    ),
  };
}
