import { freePort } from '#local/supervise/ports.ts';
import { PROBE_SILENT, probeCommand } from '../probe.ts';
import { type Launch, RemoteDesktop, type Served } from './remote-desktop.ts';
import { freeDisplay, staysUp, waitForDisplay, waitForHttp } from './x-display.ts';

/** Debian's packages of this target. */
export const NOVNC_PACKAGES = ['tigervnc-standalone-server', 'novnc', 'websockify'];

/** TigerVNC's X server with noVNC in the browser, both as Debian ships and sets them. */
export const noVnc = () => new RemoteDesktop('novnc', serve);

async function serve({ scene, host, start }: Launch): Promise<Served> {
  const display = freeDisplay();
  const rfbPort = await freePort();
  const server = await start('Xtigervnc', 'Xtigervnc', [
    `:${display}`,
    ...['-geometry', '1280x720', '-depth', '24', '-rfbport', String(rfbPort), '-localhost'],
    ...['-SecurityTypes', 'None', '-AlwaysShared', '-nolisten', 'tcp'],
  ]);
  await waitForDisplay(server, display, host.signal);
  const env = { DISPLAY: `:${display}`, ...PROBE_SILENT };
  const probe = await start('novnc probe', ...probeCommand(scene), env);
  await staysUp(probe, 300);
  const webPort = await freePort();
  const origin = `http://${host.address}:${webPort}`;
  const web = ['--web', '/usr/share/novnc', `${host.address}:${webPort}`, `127.0.0.1:${rfbPort}`];
  const websockify = await start('websockify', 'websockify', web);
  await waitForHttp(websockify, `${origin}/vnc_lite.html`, host.signal);
  return {
    origin,
    path: `/vnc_lite.html?host=${host.address}&port=${webPort}&path=websockify`,
    pids: [server.pid, probe.pid, websockify.pid],
    focus: page =>
      page
        .locator('canvas')
        .last()
        .click({ position: { x: 640, y: 700 } }),
  };
}
