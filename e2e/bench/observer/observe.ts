import type { Page } from 'playwright-core';
import { installObserver } from './observer.ts';
import { installPeers } from './peers.ts';
import { installSampler } from './sampler.ts';
import type { Watch } from './watch.ts';

/** Has each page that is opened in `page` from now on observed. Whichever of the scripts runs first, none calls another at once. */
export async function observe(page: Page, watch: Watch): Promise<void> {
  await page.addInitScript(installPeers);
  await page.addInitScript(installSampler, watch);
  await page.addInitScript(installObserver, watch);
}
