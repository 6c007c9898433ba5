import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuPerMinute } from '../cpu.ts';
import { SCENES, type Scene } from '../targets/target.ts';
import { type BenchSession, runPart, withSession } from './session.ts';

const SETTLE_MS = 3000;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, scenes: { type: 'string' } },
});
const seconds = Number(values.seconds);

interface Cost {
  /** Of processor time, a minute, of the node with all that runs for the session. */
  secondsPerMinute: number;
  /** What the page received of the picture. */
  mbit: number;
}

/**
 * Seconds of processor time for a minute of the probe's picture, 1280x720 at 60 fps, of a session with all its parts: as it is, and with
 * the helper polling as Selkies' pipeline does (GStreamer's ximagesrc at 60 fps into x264enc, ultrafast and zerolatency): the whole
 * screen is grabbed, converted and encoded at each tick, whatever changed. All else, the encoder's settings among it, is the same.
 */
await runPart(async signal => {
  const scenes: { scene: Scene; nearcade: number; polling: number; mbit: number; pollingMbit: number }[] = [];
  for (const scene of SCENES.filter(one => values.scenes?.split(',').includes(one) ?? true)) {
    const ours = await withSession(scene, signal, session => measure(session, signal));
    const polled = await withSession(scene, signal, session => measure(session, signal), {
      nodeConfig: { capture: 'polling' },
    });
    scenes.push({
      scene,
      nearcade: ours.secondsPerMinute,
      polling: polled.secondsPerMinute,
      mbit: ours.mbit,
      pollingMbit: polled.mbit,
    });
  }
  return { seconds, scenes };
});

async function measure({ page, site }: BenchSession, signal: AbortSignal): Promise<Cost> {
  await sleep(SETTLE_MS, undefined, { signal });
  const received = () => page.evaluate(async () => (await window.benchPeers.videoStats())?.bytes ?? 0);
  const before = await received();
  const secondsPerMinute = await cpuPerMinute(site.pids(), seconds, signal);
  return { secondsPerMinute, mbit: (((await received()) - before) * 8) / seconds / 1e6 };
}
