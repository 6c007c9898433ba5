import type { DeployContext } from './context.ts';
import type { DeployLock } from './migrations/lock.ts';
import { type PipelineOptions, runSteps, type Step } from './pipeline.ts';
import { backendsCheck } from './steps/backends.ts';
import { bundleCheck, codeCheck, requireSettled, settingsCheck, webStep } from './steps/check.ts';
import { contractStep, expandStep, lockStep, rehearsalStep } from './steps/database.ts';
import { queuesCheck } from './steps/queues.ts';
import {
  deployStep,
  offerStep,
  shareSteps,
  smokeStep,
  triggersStep,
  type Uploaded,
  uploadStep,
} from './steps/roll-out.ts';

export interface DeployOptions {
  dryRun: boolean;
  /** Runs the migrations that take away, in the end. */
  contract: boolean;
  signal: AbortSignal;
}

/**
 * Checks, migrations, upload, gradual roll-out with a smoke test. When a step fails, or on Ctrl-C, what was done is taken back. Throws the
 * error of the step with the pipeline's `Outcome` in its details.
 */
export async function runDeploy(context: DeployContext, options: DeployOptions): Promise<void> {
  const held: { lock?: DeployLock } = {};
  try {
    const pipeline: PipelineOptions = { ...context, signal: options.signal };
    await runSteps(
      [
        codeCheck(context),
        settingsCheck(context),
        backendsCheck(context),
        webStep(context),
        bundleCheck(context),
        lockStep(context, held),
      ],
      pipeline,
    );
    const steps = await stepsBehindLock(context, options);
    await runSteps(
      steps.map(step => whileLocked(step, held)),
      pipeline,
    );
  } finally {
    await held.lock?.close();
  }
}

/** What changes anything, or the rehearsal of it, by what serves now: asked when nobody else can deploy. */
async function stepsBehindLock(context: DeployContext, { dryRun, contract }: DeployOptions): Promise<Step[]> {
  const serving = await requireSettled(context);
  const knownHere = serving?.versions.some(({ release }) => release === context.release.version) ?? false;
  if (dryRun) return [rehearsalStep(context, knownHere)];
  const uploaded: Uploaded = {};
  const old = serving?.shares[0]?.version;
  const isAtOnce = serving?.migrationTag !== context.config.migrations.at(-1)?.tag;
  return [
    expandStep(context, knownHere),
    ...(old === undefined || isAtOnce
      ? [deployStep(context, uploaded, old === undefined), smokeStep(context, uploaded)]
      : [
          uploadStep(context, uploaded),
          offerStep(context, uploaded, old),
          smokeStep(context, uploaded, old),
          ...shareSteps(context, uploaded, old),
          triggersStep(context),
        ]),
    queuesCheck(context),
    ...(contract ? [contractStep(context, knownHere)] : []),
  ];
}

/** No step begins when the lock was lost. */
function whileLocked(step: Step, held: { lock?: DeployLock }): Step {
  return {
    ...step,
    async run(signal) {
      await held.lock?.check();
      return step.run(signal);
    },
  };
}
