import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { Emulator } from '../link/emulator.ts';
import { insideNetwork, isInside } from '../link/inside.ts';
import { SERVER_ADDRESS } from '../link/network.ts';
import type { LinkConditions } from '../link/profiles.ts';
import type { Scene } from '../targets/target.ts';
import { type BenchSession, withSession } from './session.ts';

/** A page that plays over an emulated link, whose conditions can be changed meanwhile. */
export interface LinkSession extends BenchSession {
  readonly emulator: Emulator;
}

export interface LinkPart {
  scene: Scene;
  /** To begin with. */
  conditions: LinkConditions;
  /** What it answers is printed as one line of JSON. */
  measure: (session: LinkSession, signal: AbortSignal) => Promise<object>;
}

/** Losses are drawn from it, the same ones in every run. */
const SEED = 1;

/** Runs a part of the benchmark that plays the probe over an emulated link as a program. As root. */
export async function runLinkPart({ scene, conditions, measure }: LinkPart): Promise<never> {
  const signal = onStopSignals(() => undefined);
  let code = 1;
  try {
    if (!isInside()) {
      await runSetup({ forTests: true, packages: [], progress: new Progress(), signal });
    }
    code = await insideNetwork(async network => {
      await using stack = new AsyncDisposableStack();
      const emulator = await Emulator.start(network.emulator, conditions, SEED);
      stack.defer(async () => void (await emulator.stop()));
      const result = await withSession(scene, signal, session => measure({ ...session, emulator }, signal), {
        address: SERVER_ADDRESS,
        namespace: network.client,
      });
      console.log(JSON.stringify(result));
      return 0;
    });
  } catch (error) {
    if (!signal.aborted) console.error(error);
  }
  process.exit(code);
}
