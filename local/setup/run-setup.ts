import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NEARCADE_DIR } from '../paths.ts';
import { waitForLock } from '../supervise/lock.ts';
import { endLeftovers } from '../supervise/run-record.ts';
import { Supervisor } from '../supervise/supervisor.ts';
import type { SetupContext } from './command.ts';
import { installPackages, missingPackages, wantedPackages } from './debian.ts';
import { gamesFromSource } from './games.ts';
import { mediasoupWorker } from './mediasoup-worker.ts';
import { nativeHelper } from './native-helper.ts';
import type { Progress } from './progress.ts';
import type { Step } from './step.ts';
import { webApp } from './web-app.ts';

export interface SetupOptions {
  /** Also what the browser tests need. */
  forTests: boolean;
  /** Debian packages on top, for a benchmark. */
  packages?: readonly string[];
  progress: Progress;
  signal: AbortSignal;
}

/** Makes the machine ready to run the platform. Every step looks first whether it has anything to do. */
export async function runSetup(options: SetupOptions): Promise<void> {
  const { progress, signal } = options;
  mkdirSync(NEARCADE_DIR, { recursive: true });
  const lock = await waitForLock(NEARCADE_DIR, 'setup', {
    signal,
    onWait: () => progress.line('Another set-up of this clone is under way: waiting for it.'),
  });
  const runFile = join(NEARCADE_DIR, 'setup.json');
  try {
    await endLeftovers(runFile);
    const supervisor = new Supervisor(runFile);
    try {
      await runSteps(steps(options), { supervisor, signal, doing: () => '' }, progress);
    } finally {
      await supervisor.close();
    }
  } finally {
    await lock.close();
  }
}

function steps(options: SetupOptions): Step[] {
  const missing = () => missingPackages(wantedPackages(options.packages ?? [], options.forTests));
  return [
    {
      title: 'Debian packages',
      isDone: () => missing().length === 0,
      run: context => installPackages(context, missing()),
    },
    mediasoupWorker,
    nativeHelper,
    gamesFromSource,
    webApp,
  ];
}

async function runSteps(steps: readonly Step[], context: SetupContext, progress: Progress): Promise<void> {
  for (const [index, step] of steps.entries()) {
    context.signal.throwIfAborted();
    if (await step.isDone()) continue;
    context.doing = () => '';
    const heading = `[${index + 1}/${steps.length}] ${step.title}`;
    await progress.step(
      heading,
      () => step.run(context),
      () => context.doing(),
    );
  }
}
