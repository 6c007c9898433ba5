import { join } from 'node:path';

/** The clone's root folder. */
export const ROOT = join(import.meta.dirname, '..');

/** Everything that the project writes into the clone, but for node_modules. */
export const NEARCADE_DIR = join(ROOT, '.nearcade');

/** The built web app, served by the Worker as static assets (wrangler.toml names the same folder). */
export const WEB_DIR = join(NEARCADE_DIR, 'web');

/** Where the data of one running platform lies. `npm start` uses `.nearcade/`, tests a folder below it. */
export interface PlatformPaths {
  readonly dataDir: string;
  readonly postgres: string;
  readonly redis: string;
  readonly objects: string;
  readonly wrangler: string;
  readonly worker: string;
  readonly node: string;
  readonly secrets: string;
  readonly logs: string;
  readonly runFile: string;
}

/** The layout below one platform's data folder. */
export function platformPaths(dataDir: string): PlatformPaths {
  return {
    dataDir,
    postgres: join(dataDir, 'postgres'),
    redis: join(dataDir, 'redis'),
    objects: join(dataDir, 'objects'),
    wrangler: join(dataDir, 'wrangler'),
    worker: join(dataDir, 'worker'),
    node: join(dataDir, 'node'),
    secrets: join(dataDir, 'secrets'),
    logs: join(dataDir, 'logs'),
    runFile: join(dataDir, 'run.json'),
  };
}
