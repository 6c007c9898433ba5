import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LINK_PROFILES } from '../link/profiles.ts';
import { runOverLink } from '../link/session.ts';
import { monotonicNow, pageClock } from '../page-clock.ts';
import { backAfter, shownFrames, watchFrames } from '../shown-frames.ts';
import { seededRandom } from '../stats.ts';

const LINK = LINK_PROFILES['wan-0.5'];
const CUT_MS = 2000;
/** Before the first cut, and from the end of one to the next: rate and round trip settle. */
const SETTLE_MS = 4000;
/** So that no timer meets each cut at the same moment. */
const JITTER_MS = 1000;

const { values } = parseArgs({ options: { cuts: { type: 'string', default: '5' } } });

/** A link that carries nothing for two seconds, both ways: from its first packet to the picture that flows again, cut after cut. */
await runOverLink('busy', LINK, async ({ page, emulator }) => {
  const clock = await pageClock(page);
  const random = seededRandom(1);
  await watchFrames(page);
  const wholeAt: number[] = [];
  for (let i = 0; i < Number(values.cuts); i++) {
    await sleep(SETTLE_MS + random() * JITTER_MS);
    emulator.set({ ...LINK, loss: 1 });
    await sleep(CUT_MS);
    emulator.set(LINK);
    wholeAt.push(monotonicNow() - clock);
  }
  await sleep(SETTLE_MS);
  const frames = await shownFrames(page);
  return { cutMs: CUT_MS, backMs: wholeAt.map(at => backAfter(frames, at)) };
});
