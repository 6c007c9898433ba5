import { setTimeout as sleep } from 'node:timers/promises';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { type BenchSession, withSession } from '../media/session.ts';
import type { Scene } from '../targets/target.ts';
import { Emulator } from './emulator.ts';
import { insideNetwork, isInside } from './inside.ts';
import { SERVER_ADDRESS } from './network.ts';
import type { LinkConditions } from './profiles.ts';

/** After the first picture: the first seconds of a session are like no others. */
const BEGIN_MS = 2000;

/** Losses are drawn from it, the same ones in every run. */
const SEED = 1;

/** A page that plays the probe over a link whose conditions can change. */
export interface LinkedSession extends BenchSession {
  readonly emulator: Emulator;
}

/** Runs a program that plays a scene of the probe over an emulated link; it ends with a line of JSON on stdout. As root. */
export async function runOverLink(
  scene: Scene,
  conditions: LinkConditions,
  work: (session: LinkedSession) => Promise<object>,
): Promise<never> {
  const signal = onStopSignals(() => undefined);
  try {
    if (!isInside()) await runSetup({ forTests: true, packages: [], progress: new Progress(), signal });
    process.exitCode = await insideNetwork(async network => {
      await using stack = new AsyncDisposableStack();
      const emulator = await Emulator.start(network.emulator, conditions, SEED);
      stack.defer(async () => void (await emulator.stop()));
      const play = async (session: BenchSession) => {
        await sleep(BEGIN_MS, undefined, { signal });
        return work({ ...session, emulator });
      };
      const where = { address: SERVER_ADDRESS, namespace: network.client };
      console.log(JSON.stringify(await withSession(scene, signal, play, where)));
      return 0;
    });
  } catch (error) {
    if (!signal.aborted) console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}
