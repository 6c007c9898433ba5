import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#local/supervise/ports.ts';
import { PROBE_SILENT, probeCommand } from '../probe.ts';
import { type Launch, RemoteDesktop, type Served } from './remote-desktop.ts';
import { freeDisplay, waitForHttp } from './x-display.ts';

/** Debian's packages of this target: xpra 3.1 (its HTML5 client is in it), with the faster codecs that it recommends. */
export const XPRA_PACKAGES = [
  'xpra',
  'xvfb',
  'python3-lz4',
  'python3-brotli',
  'python3-pil',
  'python3-numpy',
];

/** What plays no part in the picture is off; the rest is as Debian sets it. */
const OFF = [
  ...[
    '--daemon=no',
    '--systemd-run=no',
    '--mdns=no',
    '--dbus-launch=',
    '--dbus-proxy=no',
    '--dbus-control=no',
  ],
  ...['--pulseaudio=no', '--speaker=off', '--microphone=off', '--webcam=no', '--notifications=no'],
  ...['--printing=no', '--file-transfer=off', '--clipboard=no', '--resize-display=no'],
];

/** xpra in desktop mode on an Xvfb, with its HTML5 client in the browser. */
export const xpra = () => new RemoteDesktop('xpra', serve);

async function serve({ scene, host, start, defer }: Launch): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'nearcade-xpra-'));
  chmodSync(folder, 0o700);
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const [program, args] = probeCommand(scene);
  const port = await freePort();
  const origin = `http://${host.address}:${port}`;
  const server = await start(
    'xpra',
    'xpra',
    [
      'start-desktop',
      `:${freeDisplay()}`,
      '--html=on',
      `--bind-tcp=${host.address}:${port}`,
      '--xvfb=Xvfb +extension Composite -screen 0 1280x720x24 -nolisten tcp -noreset',
      `--start=${[program, ...args].join(' ')}`,
      `--socket-dirs=${folder}`,
      ...OFF,
    ],
    {
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      XPRA_SYSTEM_CONF_DIRS: configuration(folder),
      ...PROBE_SILENT,
    },
  );
  await waitForHttp(server, `${origin}/`, host.signal);
  return {
    origin,
    path: '/?sound=false&clipboard=false&floating_menu=false',
    pids: [server.pid],
    focus: page => page.mouse.click(640, 600),
  };
}

/**
 * Debian's configuration but for the line that starts /etc/X11/Xsession: in desktop mode that brings up whatever window
 * manager the machine has, or a dialog over the picture. Answers the copy's folder.
 */
function configuration(folder: string): string {
  const copy = join(folder, 'etc');
  cpSync('/etc/xpra', copy, { recursive: true });
  const server = join(copy, 'conf.d', '60_server.conf');
  writeFileSync(server, readFileSync(server, 'utf8').replace(/^start = .*$/m, ''));
  return copy;
}
