import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';
import { ROOT } from '../paths.ts';

const SOURCE = join(ROOT, 'wrangler.toml');

/** The keys of wrangler.toml that hold paths. */
const PATH_KEYS = ['main', 'directory'];

/**
 * Writes wrangler.toml into `folder` with its paths made absolute, and returns where. wrangler keeps its bundle and
 * other scratch files beside the configuration that it reads: this way none lands in the clone.
 */
export function writeWranglerConfig(folder: string): string {
  let text = readFileSync(SOURCE, 'utf8');
  for (const key of PATH_KEYS) {
    const line = new RegExp(`^${key} = "([^"]+)"$`, 'm');
    if (!line.test(text))
      throw new NearcadeError('config_invalid', `wrangler.toml has no line ${key} = "...".`);
    text = text.replace(line, (_, path: string) => `${key} = ${JSON.stringify(join(ROOT, path))}`);
  }
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'wrangler.toml');
  writeFileSync(file, text);
  return file;
}

/** The cron expressions that the Worker asks for. */
export function readCrons(): string[] {
  const list = /^crons = (\[[^\]]*\])$/m.exec(readFileSync(SOURCE, 'utf8'))?.[1];
  return list === undefined ? [] : z.array(z.string()).parse(JSON.parse(list));
}
