import type { Page } from 'playwright-core';
import { freePort } from '#local/supervise/ports.ts';
import { PROBE_CODE, PROBE_SILENT, PROBE_WATCH, probeCommand } from '../probe.ts';
import type { Host, Scene, Site, Target } from './target.ts';
import { freeDisplay, startChild, staysUp, waitForDisplay, waitForHttp } from './x-display.ts';

/** Debian's packages of this target. */
export const NOVNC_PACKAGES = ['tigervnc-standalone-server', 'novnc', 'websockify'];

/** TigerVNC's X server with noVNC in the browser, both as Debian ships and sets them. */
export class NoVnc implements Target {
  readonly name = 'novnc';
  #host: Host | undefined;

  async prepare(host: Host): Promise<void> {
    this.#host = host;
  }

  async start(scene: Scene): Promise<Site> {
    const host = this.#host;
    if (host === undefined) throw new Error('prepare() comes first');
    const stack = new AsyncDisposableStack();
    const start = async (...child: [string, string, string[], NodeJS.ProcessEnv?]) => {
      const started = await startChild(host, ...child);
      stack.defer(() => started.stop());
      return started;
    };
    try {
      const display = freeDisplay();
      const rfbPort = await freePort();
      const server = await start('Xtigervnc', 'Xtigervnc', [
        `:${display}`,
        ...['-geometry', '1280x720', '-depth', '24', '-rfbport', String(rfbPort), '-localhost'],
        ...['-SecurityTypes', 'None', '-AlwaysShared', '-nolisten', 'tcp'],
      ]);
      await waitForDisplay(server, display, host.signal);
      const probe = await start('novnc probe', ...probeCommand(scene), {
        DISPLAY: `:${display}`,
        ...PROBE_SILENT,
      });
      await staysUp(probe, 300);
      const webPort = await freePort();
      const origin = `http://${host.address}:${webPort}`;
      const web = ['--web', '/usr/share/novnc', `${host.address}:${webPort}`, `127.0.0.1:${rfbPort}`];
      const websockify = await start('websockify', 'websockify', web);
      await waitForHttp(websockify, `${origin}/vnc_lite.html`, host.signal);
      const pids = [server.pid, probe.pid, websockify.pid];
      const open = async (page: Page) => {
        await page.goto(`${origin}/vnc_lite.html?host=${host.address}&port=${webPort}&path=websockify`);
      };
      return {
        origins: [origin],
        watch: { selector: 'canvas', ...PROBE_WATCH },
        key: PROBE_CODE,
        firstFrameFrom: 'navigation',
        pids: () => pids,
        open,
        reopen: open,
        focus: page =>
          page
            .locator('canvas')
            .last()
            .click({ position: { x: 640, y: 700 } }),
        leave: async () => {},
        close: () => stack.disposeAsync(),
      };
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  async close(): Promise<void> {}
}
