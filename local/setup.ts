import { mkdirSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';
import { NEARCADE_DIR } from './paths.ts';
import { Progress } from './setup/progress.ts';
import { runSetup } from './setup/run-setup.ts';
import { onStopSignals } from './supervise/stop-signals.ts';

/** `npm run setup`: makes the machine ready and starts nothing. `-- --test`: also for the browser tests. */
const progress = new Progress();
const signal = onStopSignals(() => progress.line('Stopping ...'));
try {
  mkdirSync(NEARCADE_DIR, { recursive: true });
  await runSetup({ forTests: process.argv.includes('--test'), progress, signal });
  progress.line('Everything is set up.');
} catch (error) {
  if (!signal.aborted) {
    console.error(error instanceof NearcadeError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
