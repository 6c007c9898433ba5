import { dirname, join } from 'node:path';
import { Reserve } from './agent/reserve.ts';
import { Slot } from './agent/slot.ts';
import { SlotMachinery } from './agent/slot-machinery.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { Encoders, hardwareHelper } from './encode/encoders.ts';
import type { EdgeClock } from './fleet/edge-clock.ts';
import type { Outbox } from './fleet/outbox.ts';
import { type Games, largestPicture } from './games.ts';
import { SlotHost } from './host/slot-host.ts';
import { UINPUT_DEVICE } from './input/pads/uinput-pads.ts';
import type { Capacity } from './load/capacity.ts';
import type { Logger } from './log.ts';
import type { Recordings } from './record/recordings.ts';
import type { SaveDesk } from './saves/save-desk.ts';
import type { Workers } from './sfu/workers.ts';

export interface SlotParts {
  config: Config;
  games: Games;
  workers: Workers;
  capacity: Capacity;
  outbox: Outbox;
  saves: SaveDesk;
  recordings: Recordings;
  runtimeDir: string;
  clock: EdgeClock;
  edgeWasAway: (withinMs: number) => boolean;
  log: Logger;
  owned: AsyncDisposableStack;
}

/** Opens the node's slots, all at once. `owned` closes them, also those that are open when one cannot be opened. */
export async function openSlots(parts: SlotParts): Promise<Slot[]> {
  const { config, games, workers, capacity, outbox, saves, recordings } = parts;
  const { runtimeDir, clock, edgeWasAway, log, owned } = parts;
  const picture = largestPicture(games);
  const reserve = new Reserve(config.prestart, game => capacity.budget.fits(game));
  let probing: Promise<Encoders> | undefined;
  // As the user of whichever slot is there first: they are all alike.
  const probe = (host: SlotHost): Promise<Encoders> => {
    const argv = [hardwareHelper(config.mediaHelper), '--probe'];
    probing ??= Encoders.probe(() => host.spawnTool(argv, { stdio: ['ignore', 'pipe', 'ignore'] }), log);
    return probing;
  };
  const open = async (index: number): Promise<Slot> => {
    const host = await SlotHost.open({
      index,
      runtimeDir,
      dataDir: config.dataDir,
      maxWidth: picture.width,
      maxHeight: picture.height,
      uidBase: config.uidBase,
      // They are built together.
      padsLibrary: join(dirname(config.mediaHelper), 'nearcade-pads.so'),
      uinput: { program: join(dirname(config.mediaHelper), 'nearcade-uinput'), device: UINPUT_DEVICE },
      log,
    });
    owned.defer(() => host.close());
    const encoders = await probe(host);
    const slot = new Slot({
      index,
      config,
      games,
      recordings,
      machinery: onFailed =>
        new SlotMachinery({ config, games, reserve, host, encoders, workers, saves, log, onFailed }),
      onEvent: event => outbox.add(event),
      checkRoom: game => capacity.check(game),
      onTurnedAway: session => capacity.turnAway(session),
      clock: { ...systemClock, now: clock.now },
      edgeWasAway,
      log,
    });
    owned.defer(() => slot.close());
    await slot.open();
    return slot;
  };
  const opened = await Promise.allSettled(Array.from({ length: config.slots }, (_, index) => open(index)));
  return opened.map(result => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
