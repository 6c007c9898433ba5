import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '#local/supervise/ports.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';
import { cpuPerMinute } from '../cpu.ts';
import { PROBE_SILENT, PROBE_SIZE, probeCommand } from '../probe.ts';
import { BENCH_DIR } from '../run.ts';
import { type Host, SCENES, type Scene } from '../targets/target.ts';
import { freeDisplay, startChild, staysUp, waitForDisplay } from '../targets/x-display.ts';
import { runPart, withSession } from './session.ts';

/** Of Debian: its x11grab asks the X server for the whole picture at each tick, whatever changed. */
export const POLLING_PACKAGES = ['ffmpeg', 'xvfb'];

const FPS = 60;
const MBIT = 8;
const SETTLE_MS = 3000;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' } } });
const seconds = Number(values.seconds);

/**
 * Seconds of processor time for a minute of the probe's picture, 1280x720 at 60 fps: a session of ours with all its parts, beside the
 * plain way, in which x264 (as fast and with as little delay as ours) is fed by polling the screen: X server, probe and ffmpeg alone,
 * without node, SFU, sound or isolation.
 */
await runPart(async signal => {
  const scenes: { scene: Scene; nearcade: number; polling: number }[] = [];
  for (const scene of SCENES) {
    const nearcade = await withSession(scene, signal, async ({ site }) => {
      await sleep(SETTLE_MS, undefined, { signal });
      return cpuPerMinute(site.pids(), seconds, signal);
    });
    scenes.push({ scene, nearcade, polling: await measurePolling(scene, signal) });
  }
  return { seconds, scenes };
}, POLLING_PACKAGES);

async function measurePolling(scene: Scene, signal: AbortSignal): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const supervisor = stack.adopt(new Supervisor(join(BENCH_DIR, 'run.json')), one => one.close());
  const host: Host = { address: '127.0.0.1', supervisor, logDir: join(BENCH_DIR, 'logs'), signal };
  const start = async (...child: [string, string, string[], NodeJS.ProcessEnv?]) =>
    stack.adopt(await startChild(host, ...child), one => one.stop());
  const display = freeDisplay();
  const size = `${PROBE_SIZE.width}x${PROBE_SIZE.height}`;
  const server = await start('Xvfb', 'Xvfb', [
    ...[`:${display}`, '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'],
  ]);
  await waitForDisplay(server, display, signal);
  const env = { DISPLAY: `:${display}`, ...PROBE_SILENT };
  const probe = await start('polled probe', ...probeCommand(scene), env);
  await staysUp(probe, 300);
  // Nobody listens there: what is sent is thrown away by the kernel.
  const port = await freePort();
  const ffmpeg = await start('ffmpeg', 'ffmpeg', [
    ...[
      '-loglevel',
      'error',
      '-f',
      'x11grab',
      '-framerate',
      String(FPS),
      '-video_size',
      size,
      '-i',
      `:${display}`,
    ],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
    ...['-b:v', `${MBIT}M`, '-maxrate', `${MBIT}M`, '-bufsize', `${MBIT / 4}M`, '-g', '100000'],
    ...['-f', 'rtp', `rtp://127.0.0.1:${port}`],
  ]);
  await staysUp(ffmpeg, SETTLE_MS);
  return await cpuPerMinute([server.pid, probe.pid, ffmpeg.pid], seconds, signal);
}
