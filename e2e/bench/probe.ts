import { join } from 'node:path';
import { GAMES_BUILD_DIR } from '../../games/install.ts';
import { BLOCK } from '../../games/probe/readout.ts';
import type { Watch } from './observer/watch.ts';
import type { Scene } from './targets/target.ts';

/** The probe's own picture, in pixels. */
export const PROBE_SIZE = { width: 1280, height: 720 } as const;

/** The key that the program itself takes for a press of the first seat. */
export const PROBE_CODE = 'F1';

/** In pixels of the probe's picture: the middle of the bar code of its frame counter (games/probe/src/draw.c). */
const COUNTER = { x: 16, y: 22, width: 512, height: 4, cells: 32 } as const;

/** Where the probe shows the first seat's presses and its frame counter. */
export const PROBE_WATCH: Omit<Watch, 'selector'> = {
  block: {
    x: (BLOCK.x + BLOCK.size / 2) / PROBE_SIZE.width,
    y: (BLOCK.y + BLOCK.size / 2) / PROBE_SIZE.height,
  },
  counter: {
    x: COUNTER.x / PROBE_SIZE.width,
    y: COUNTER.y / PROBE_SIZE.height,
    width: COUNTER.width / PROBE_SIZE.width,
    height: COUNTER.height / PROBE_SIZE.height,
    cells: COUNTER.cells,
  },
};

/** Program and arguments that play a scene on $DISPLAY. */
export function probeCommand(scene: Scene): [string, string[]] {
  return [join(GAMES_BUILD_DIR, 'probe', 'probe'), ['--scene', scene]];
}

/** It plays on without sound where no PulseAudio answers; without this it would start one for the user. */
export const PROBE_SILENT = { PULSE_SERVER: 'unix:/nonexistent' } as const;
