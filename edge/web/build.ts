import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export interface BuildWebOptions {
  /** Emptied first. */
  outDir: string;
  log(line: string): void;
}

/** Builds the web app into `outDir`: static files and an index.html for every path that is none of them. */
export async function buildWeb({ outDir, log }: BuildWebOptions): Promise<void> {
  const started = performance.now();
  const here = path.dirname(fileURLToPath(import.meta.url));
  await build({
    configFile: path.join(here, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  });
  log(`web app built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
