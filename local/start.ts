import { mkdirSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';
import { NEARCADE_DIR, platformPaths } from './paths.ts';
import { type Platform, startPlatform, wipe } from './platform.ts';
import { DEMO_ACCOUNTS } from './seed.ts';
import { Progress } from './setup/progress.ts';
import { runSetup } from './setup/run-setup.ts';
import { parseStartOptions, type StartOptions, USAGE } from './start-options.ts';
import { takeLock } from './supervise/lock.ts';
import { requirePort } from './supervise/ports.ts';
import { onStopSignals } from './supervise/stop-signals.ts';

/** `npm start`: sets the machine up, starts the whole platform and keeps it up until Ctrl-C, SIGTERM or a failure. */
async function main(options: StartOptions, progress: Progress, stop: AbortSignal): Promise<void> {
  const begin = Date.now();
  mkdirSync(NEARCADE_DIR, { recursive: true });
  const lock = await takeLock(NEARCADE_DIR, 'start');
  if (lock === undefined) {
    throw new NearcadeError(
      'already_running',
      `Nearcade is being run from this clone already (${NEARCADE_DIR}).`,
    );
  }
  const change = (name: string) => `--port or ${name}`;
  await requirePort(options.ports.web, 'the web page', change('NEARCADE_PORT'));
  for (const { port, what, variable } of options.fixed) await requirePort(port, what, variable);
  await runSetup({ forTests: false, progress, signal: stop });
  if (options.fresh) wipe(platformPaths(NEARCADE_DIR));
  const platform = await startPlatform({
    dataDir: NEARCADE_DIR,
    ports: options.ports,
    slots: options.slots,
    signal: stop,
    progress: what => progress.line(`Starting ${what}`),
  });
  try {
    progress.line(welcome(platform, Date.now() - begin));
    const stopped = new Promise<undefined>(resolve => {
      if (stop.aborted) resolve(undefined);
      stop.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const failure = await Promise.race([platform.failed, stopped]);
    if (failure !== undefined) throw failure;
  } finally {
    await platform.close();
    await lock.close();
  }
}

function welcome(platform: Platform, ms: number): string {
  const accounts = DEMO_ACCOUNTS.map(({ email, password }) => `    ${email}   ${password}`);
  const origin = platform.baseUrl.replace('127.0.0.1', 'localhost');
  return [
    '',
    `Nearcade runs: ${origin}   (up in ${(ms / 1000).toFixed(1)} s)`,
    '  Demo accounts:',
    ...accounts,
    `  Mails: ${origin}/outbox`,
    `  Logs: ${platform.paths.logs}`,
    '  Ctrl-C stops it.',
    '',
  ].join('\n');
}

const progress = new Progress();
const stop = onStopSignals(() => progress.line('Stopping ... (Ctrl-C again forces it)'));
try {
  const options = parseStartOptions(process.argv.slice(2), process.env);
  if (options.help) progress.line(USAGE);
  else await main(options, progress, stop);
} catch (error) {
  if (!stop.aborted) {
    console.error(error instanceof NearcadeError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
