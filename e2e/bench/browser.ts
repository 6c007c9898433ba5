import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM, CHROMIUM_ARGS } from '../support/browser.ts';

/** A browser of the bench's own, and what ends it. */
export interface BenchBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/**
 * Debian's Chromium without a window or GPU, in the network namespace `namespace` when one is given. `origins` are treated
 * like https ones, as loopback is: a browser gives pages of other plain http origins neither pointer lock nor WebCodecs.
 */
export async function launchBenchBrowser(namespace?: string, origins: string[] = []): Promise<BenchBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'nearcade-bench-'));
  let executablePath = CHROMIUM;
  if (namespace !== undefined) {
    // Playwright starts one program; this one enters the namespace and becomes Chromium, keeping its pipes and its pid.
    executablePath = join(folder, 'chromium');
    const script = `#!/bin/sh\nexec nsenter --net=/run/netns/${namespace} ${CHROMIUM} "$@"\n`;
    writeFileSync(executablePath, script, { mode: 0o755 });
  }
  try {
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: [
        ...CHROMIUM_ARGS,
        ...(origins.length > 0 ? [`--unsafely-treat-insecure-origin-as-secure=${origins.join(',')}`] : []),
      ],
    });
    return {
      browser,
      async close() {
        await browser.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
