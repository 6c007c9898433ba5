import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';
import { launchBenchBrowser } from '../browser.ts';
import { installObserver } from '../observer.ts';
import { BENCH_DIR } from '../run.ts';
import { Nearcade } from '../targets/nearcade.ts';
import type { Scene, Site } from '../targets/target.ts';
import { Emulator } from './emulator.ts';
import { enterNamespace } from './enter.ts';
import { LinkNetwork, SERVER_ADDRESS } from './network.ts';
import type { LinkConditions } from './profiles.ts';

/** Tells the inner process that its namespaces are those that this process made. */
const NETWORK_OF = 'NEARCADE_BENCH_NETWORK_OF';

/** After the first picture: the first seconds of a session are like no others. */
const BEGIN_MS = 2000;

/** A page that plays the probe over a link whose conditions can change. */
export interface LinkedSession {
  readonly page: Page;
  readonly site: Site;
  readonly emulator: Emulator;
}

/**
 * Runs a program that plays a scene of the probe over an emulated link; it ends with a line of JSON on stdout. The same program runs
 * once more inside the server's network namespace; the outer one makes the namespaces and removes them however the inner one ends.
 */
export async function runOverLink(
  scene: Scene,
  conditions: LinkConditions,
  work: (session: LinkedSession) => Promise<object>,
): Promise<never> {
  const signal = onStopSignals(() => undefined);
  try {
    const outer = process.env[NETWORK_OF];
    if (outer === undefined) process.exitCode = await makeNetwork(signal);
    else await play(LinkNetwork.attach(Number(outer)), scene, conditions, signal, work);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}

async function makeNetwork(signal: AbortSignal): Promise<number> {
  await runSetup({ forTests: true, packages: [], progress: new Progress(), signal });
  const network = await LinkNetwork.create();
  try {
    return await enterNamespace(network.server, { [NETWORK_OF]: String(process.pid) });
  } finally {
    await network.close();
  }
}

async function play(
  network: LinkNetwork,
  scene: Scene,
  conditions: LinkConditions,
  signal: AbortSignal,
  work: (session: LinkedSession) => Promise<object>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const emulator = await Emulator.start(network.emulator, conditions, 1);
  stack.defer(async () => void (await emulator.stop()));
  const supervisor = new Supervisor(join(BENCH_DIR, 'run.json'));
  stack.defer(() => supervisor.close());
  const target = new Nearcade();
  stack.defer(() => target.close());
  await target.prepare({ address: SERVER_ADDRESS, supervisor, logDir: join(BENCH_DIR, 'logs'), signal });
  const site = await target.start(scene);
  const { browser, close } = await launchBenchBrowser(network.client, site.origins);
  stack.defer(close);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(30_000);
  await page.addInitScript(installObserver, site.watch);
  await site.open(page);
  await page.waitForFunction(() => window.benchObserver.observation().firstPictureAt !== null);
  await site.focus(page);
  await sleep(BEGIN_MS);
  console.log(JSON.stringify(await work({ page, site, emulator })));
}
