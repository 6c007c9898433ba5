import type { Randr, RandrResources } from 'x11';
import { NearcadeError } from '#shared/errors.ts';
import { ask, type XConnection } from './x-connection.ts';

const NOW = 0;
const NO_MODE = 0;
const SUCCESS = 0;

/** What a virtual screen claims as its refresh; nothing is timed by it. */
const REFRESH_HZ = 60;
/** 96 dots an inch, X's usual: games that lay text out by millimetres see what they would on a desk. */
const MM_PER_PIXEL = 25.4 / 96;

/** Sets the size of the screen (RandR 1.2), at most what the server was started with. */
export async function setScreenMode(connection: XConnection, width: number, height: number): Promise<void> {
  const { client, root } = connection;
  const randr = await ask<Randr>(reply => client.require('randr', reply));
  const resources = await ask<RandrResources>(reply => randr.GetScreenResources(root, reply));
  const crtc = resources.crtcs[0];
  const output = resources.outputs[0];
  if (crtc === undefined || output === undefined) throw new NearcadeError('host_failed', 'No RandR output');
  const mode = await modeOf(randr, connection, resources, width, height);
  randr.AddOutputMode(output, mode);
  // The screen may neither cut off a mode that is on nor be smaller than one to come: off, resize, on.
  const { Rotate_0 } = randr.Rotation;
  const time = resources.config_timestamp;
  await configure(reply => randr.SetCrtcConfig(crtc, NOW, time, 0, 0, NO_MODE, Rotate_0, [], reply));
  randr.SetScreenSize(
    root,
    width,
    height,
    Math.round(width * MM_PER_PIXEL),
    Math.round(height * MM_PER_PIXEL),
  );
  await configure(reply => randr.SetCrtcConfig(crtc, NOW, time, 0, 0, mode, Rotate_0, [output], reply));
}

async function modeOf(
  randr: Randr,
  connection: XConnection,
  resources: RandrResources,
  width: number,
  height: number,
): Promise<number> {
  const known = resources.modeinfos.find(mode => mode.width === width && mode.height === height);
  if (known !== undefined) return known.id;
  const timing = {
    dot_clock: width * height * REFRESH_HZ,
    h_sync_start: width,
    h_sync_end: width,
    h_total: width,
    v_sync_start: height,
    v_sync_end: height,
    v_total: height,
  };
  const mode = { name: `nearcade-${width}x${height}`, width, height, ...timing };
  return ask<number>(reply => randr.CreateMode(connection.root, mode, reply));
}

async function configure(request: Parameters<typeof ask<{ status: number }>>[0]): Promise<void> {
  const { status } = await ask(request);
  if (status !== SUCCESS) throw new NearcadeError('host_failed', `RandR refused the mode: status ${status}`);
}
