import { type Readout, readProbe as readPicture } from '../../games/probe/readout.ts';
import type { Player } from './player.ts';
import { until } from './until.ts';

/** What the probe shows this player now. A frame in which a code was cut by the coder is looked at again. */
export async function readProbe(player: Player): Promise<Readout> {
  let readout: Readout | null = null;
  await until('the probe can be read', async () => {
    readout = readPicture(await player.picture());
    return readout !== null;
  });
  if (readout === null) throw new Error('the probe cannot be read');
  return readout;
}
