import { NearcadeError } from '#shared/errors.ts';
import { Progress } from './setup/progress.ts';
import { runSetup } from './setup/run-setup.ts';
import { onStopSignals } from './supervise/stop-signals.ts';
import { type Counts, runStages, STAGES } from './test/stages.ts';

/** `npm test`: sets the machine up, then runs every stage (or those named: `npm test -- unit workerd`) and sums them up. */
async function main(progress: Progress, signal: AbortSignal): Promise<Counts> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find(name => !STAGES.some(stage => stage.name === name));
  if (unknown !== undefined) {
    const names = STAGES.map(stage => stage.name).join(', ');
    throw new NearcadeError('invalid_request', `There is no stage ${unknown}: the stages are ${names}.`);
  }
  await runSetup({ forTests: true, progress, signal });
  const stages = wanted.length === 0 ? STAGES : STAGES.filter(stage => wanted.includes(stage.name));
  return runStages(stages, progress, signal);
}

const progress = new Progress();
const signal = onStopSignals(() => progress.line('Stopping ...'));
try {
  const { passed, failed } = await main(progress, signal);
  progress.line(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} catch (error) {
  if (!signal.aborted) {
    console.error(error instanceof NearcadeError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
