import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Platform } from '#local/platform.ts';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';
import { launchBenchBrowser } from '../browser.ts';
import { observe } from '../observer/observe.ts';
import { BENCH_DIR } from '../run.ts';
import { Nearcade } from '../targets/nearcade.ts';
import type { Scene, Site } from '../targets/target.ts';

/** A page that plays the probe on a platform of its own. */
export interface BenchSession {
  readonly page: Page;
  readonly site: Site;
  readonly platform: Platform;
}

/** Address that the platform serves from, the network namespace of the browser, and what its node is told besides. */
export interface Where {
  address?: string;
  namespace?: string | undefined;
  nodeConfig?: Record<string, unknown>;
}

/** Plays a scene of the probe for as long as `work` takes. */
export async function withSession<T>(
  scene: Scene,
  signal: AbortSignal,
  work: (session: BenchSession) => Promise<T>,
  { address = '127.0.0.1', namespace, nodeConfig = {} }: Where = {},
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const supervisor = stack.adopt(new Supervisor(join(BENCH_DIR, 'run.json')), one => one.close());
  const target = stack.adopt(new Nearcade(nodeConfig), one => one.close());
  await target.prepare({ address, supervisor, logDir: join(BENCH_DIR, 'logs'), signal });
  const site = await target.start(scene);
  const { browser, close } = await launchBenchBrowser(namespace, site.origins);
  stack.defer(close);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(30_000);
  await observe(page, site.watch);
  await site.open(page);
  await page.waitForFunction(() => window.benchObserver.observation().firstPictureAt !== null);
  await site.focus(page);
  return await Promise.race([work({ page, site, platform: target.platform }), rejectedBy(signal)]);
}

/** So that a stop does not wait for what is being measured. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Runs a part of the benchmark as a program: sets up (with these Debian packages too), ends with a line of JSON on stdout. */
export async function runPart(
  part: (signal: AbortSignal) => Promise<object>,
  packages: readonly string[] = [],
): Promise<never> {
  const signal = onStopSignals(() => undefined);
  try {
    await runSetup({ forTests: true, packages: [...packages], progress: new Progress(), signal });
    console.log(JSON.stringify(await part(signal)));
  } catch (error) {
    if (!signal.aborted) console.error(error);
    process.exit(1);
  }
  process.exit(0);
}
